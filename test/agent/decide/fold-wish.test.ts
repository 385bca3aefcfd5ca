import { describe, expect, it } from "vitest";
import { type Folded, foldWish, furtheredByPerson } from "../../../agent/decide/fold-wish.ts";
import type { Wish } from "../../../agent/decide/goal.ts";
import {
  type Journal,
  type OpenAttempt,
  parseRolloutId,
  type StorePath,
} from "../../../src/contract/index.ts";
import {
  EMPTY_JOURNAL,
  lasting,
  NOON,
  ROLLOUT,
  sealStatement,
  serialAt,
  statementOf,
} from "../../support/contract-builders.ts";
import { journalOf, LEASE_MS, NEW, OLD } from "./host-view.ts";

const statement = statementOf("new");
const wishOf = (differences: Partial<Wish> = {}): Wish => ({
  ...{ goal: "trial", origin: "hub", rollout: ROLLOUT, attempt: 1, lease: lasting(LEASE_MS) },
  ...{ statement, digest: sealStatement(statement).digest, approved: null },
  ...{ isNoOp: false, isRollback: false, isRetry: false, ...differences },
});
interface Runs {
  readonly current: StorePath | null;
  readonly profile: StorePath | null;
}
const foldedInto = (journal: Journal, wish: Partial<Wish>, runs?: Partial<Runs>): Folded =>
  foldWish(journal, wishOf(wish), { now: NOON, current: OLD, profile: OLD, ...runs });

/** The journal after a wish that was taken. */
function withWish(journal: Journal, wish: Partial<Wish>, runs?: Partial<Runs>): Journal {
  const folded = foldedInto(journal, wish, runs);
  if (folded.kind === "refused") throw new Error(folded.code);
  return folded.journal;
}
const openAfter = (open: Partial<OpenAttempt>, wish: Partial<Wish>): OpenAttempt | null =>
  withWish(journalOf(open), wish).open;
const NEXT = { rollout: parseRolloutId("r-2") } as const;
const OUTCOME = { code: "succeeded", reason: null, message: "" } as const;

describe("a wish for a host at rest", () => {
  it("opens an attempt that returns to what runs now", () => {
    expect(withWish(EMPTY_JOURNAL, { isRollback: true, isRetry: true }).open).toEqual({
      ...{ rollout: ROLLOUT, attempt: 1, statement: wishOf().digest, storePath: NEW },
      ...{ narHash: statement.narHash, serial: statement.serial, minSerial: 0 },
      ...{ title: statement.title, phase: "staging", previous: OLD, origin: "hub" },
      ...{ lease: LEASE_MS, goal: "trial", rollback: true, retry: true },
    });
  });

  it("leaves a title away that nobody gave", () => {
    const { title: _, ...untitled } = statement;
    const { open } = withWish(EMPTY_JOURNAL, {
      statement: { ...untitled, minSerial: serialAt(7) },
    });
    expect(open).not.toHaveProperty("title");
    expect(open).toMatchObject({ minSerial: serialAt(7) });
  });

  it.each(["stage", "trial", "boot"] as const)("is opened by %s", (goal) => {
    expect(withWish(EMPTY_JOURNAL, { goal }).open).toMatchObject({ goal, phase: "staging" });
  });

  it.each(["commit", "revert"] as const)("has nothing to %s", (goal) => {
    expect(withWish(EMPTY_JOURNAL, { goal })).toBe(EMPTY_JOURNAL);
  });

  it("is done already when that system runs and boots", () => {
    const journal = withWish(EMPTY_JOURNAL, {}, { current: NEW, profile: NEW });
    expect(journal.open).toBeNull();
    expect(journal.closed).toMatchObject([{ outcome: { code: "already-installed" } }]);
  });

  it.each([
    ["runs but does not boot", { current: NEW, profile: OLD }],
    ["boots but does not run", { current: OLD, profile: NEW }],
    ["runs where nothing boots", { current: NEW, profile: null }],
  ] as const)("is not done when it %s", (_what, runs) => {
    expect(withWish(EMPTY_JOURNAL, {}, runs).open).toMatchObject({ previous: runs.current });
  });

  it("changes nothing for an attempt that has its outcome", () => {
    const closed = [{ rollout: ROLLOUT, attempt: 1, outcome: OUTCOME }];
    for (const journal of [
      { ...EMPTY_JOURNAL, closed },
      { ...EMPTY_JOURNAL, closed, locked: { code: "revert-failed", message: "" } },
    ]) {
      expect(withWish(journal, {})).toBe(journal);
    }
    expect(withWish({ ...EMPTY_JOURNAL, closed }, { attempt: 2 }).open).toMatchObject({
      attempt: 2,
    });
  });
});

describe("a locked host", () => {
  const locked = { code: "revert-failed", message: "look at it" };

  it.each(["stage", "trial", "boot"] as const)("refuses %s and says why it is locked", (goal) => {
    expect(foldedInto({ ...EMPTY_JOURNAL, locked }, { goal })).toEqual({
      ...{ kind: "refused", code: "host-locked", message: "revert-failed: look at it" },
    });
  });

  it("still takes what concerns the attempt that is open", () => {
    const journal = { ...journalOf({}), locked };
    expect(withWish(journal, { goal: "revert" }).open).toMatchObject({ goal: "revert" });
  });
});

describe("a wish for another attempt", () => {
  it.each(["staging", "staged"] as const)("takes the place of one that is %s", (phase) => {
    const journal = withWish(journalOf({ phase }), NEXT);
    expect(journal.open).toMatchObject({ ...NEXT, phase: "staging" });
    expect(journal.closed).toMatchObject([
      { rollout: ROLLOUT, outcome: { code: "canceled", reason: "attempt-superseded" } },
    ]);
  });

  it.each(["activating", "rebooting", "in-trial", "committing", "reverting"] as const)(
    "is refused while one is %s",
    (phase) => {
      const refused = { kind: "refused", code: "attempt-open" };
      expect(foldedInto(journalOf({ phase }), NEXT)).toMatchObject(refused);
      expect(foldedInto(journalOf({ phase }), { attempt: 2 })).toMatchObject(refused);
    },
  );

  it.each(["commit", "revert"] as const)("does not %s the one that is open", (goal) => {
    const journal = journalOf({});
    expect(withWish(journal, { ...NEXT, goal })).toBe(journal);
  });
});

describe("a wish for the open attempt", () => {
  it("changes nothing when it is taken twice", () => {
    const once = withWish(journalOf({ goal: "trial" }), { goal: "commit" });
    expect(withWish(once, { goal: "commit" })).toBe(once);
  });

  it.each([
    ["stage", "trial", "trial"],
    ["stage", "boot", "boot"],
    ["trial", "commit", "commit"],
    ["boot", "commit", "commit"],
    ["commit", "revert", "revert"],
    ["trial", "stage", "trial"],
    ["trial", "boot", "trial"],
    ["boot", "trial", "boot"],
    ["commit", "trial", "commit"],
    ["revert", "commit", "revert"],
    ["revert", "boot", "revert"],
    ["revert", "stage", "revert"],
    [undefined, "trial", "trial"],
  ] as const)("after %s, %s makes it %s", (before, goal, goes) => {
    const open = openAfter({ phase: "staged", ...(before && { goal: before }) }, { goal });
    expect(open?.goal ?? before).toBe(goes);
  });

  it("only ever lengthens the lease", () => {
    const longer = lasting(2 * LEASE_MS);
    expect(openAfter({}, { lease: longer })?.lease).toBe(longer);
    expect(openAfter({ lease: longer }, {})?.lease).toBe(longer);
    expect(openAfter({ lease: longer }, { goal: "commit" })?.lease).toBe(longer);
  });

  it("takes a lease where there was none", () => {
    const { lease: _, ...open } = journalOf({}).open as OpenAttempt;
    const { open: taken } = withWish({ ...EMPTY_JOURNAL, open }, {});
    expect(taken?.lease).toBe(LEASE_MS);
  });

  it("has an approval only from an order to boot", () => {
    const approved = "no-way-back" as const;
    const staged = { phase: "staged", goal: "stage" } as const;
    expect(openAfter(staged, { goal: "boot", approved })).toMatchObject({ approved });
    expect(openAfter(staged, { goal: "boot" })).not.toHaveProperty("approved");
    expect(openAfter(staged, { goal: "trial", approved })).not.toHaveProperty("approved");
    expect(openAfter(staged, { goal: "commit", approved })).not.toHaveProperty("approved");
    expect(withWish(EMPTY_JOURNAL, { goal: "boot", approved }).open).toMatchObject({ approved });
    expect(withWish(EMPTY_JOURNAL, { goal: "trial", approved }).open).not.toHaveProperty(
      "approved",
    );
  });

  it("keeps an approval that a commit follows", () => {
    const open = openAfter({ goal: "boot", approved: "one-shot" }, { goal: "commit" });
    expect(open).toMatchObject({ goal: "commit", approved: "one-shot" });
  });
});

describe("root's own word", () => {
  it("concerns nothing when nothing is open", () => {
    expect(furtheredByPerson(EMPTY_JOURNAL, "revert")).toBe(EMPTY_JOURNAL);
  });

  it.each([
    ["stage", "commit", "commit"],
    [undefined, "revert", "revert"],
    ["commit", "revert", "revert"],
    ["revert", "commit", "revert"],
  ] as const)("after %s, %s makes it %s", (before, goal, goes) => {
    const journal = journalOf({ ...(before && { goal: before }) });
    expect(furtheredByPerson(journal, goal).open?.goal).toBe(goes);
  });

  it("stands in the place of the hub's, once", () => {
    const once = furtheredByPerson(journalOf({ goal: "commit", origin: "hub" }), "commit");
    expect(once.open).toMatchObject({ goal: "commit", origin: "person" });
    expect(furtheredByPerson(once, "commit")).toBe(once);
  });
});

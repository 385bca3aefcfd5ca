import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floorOf, type Judgement, type Ratchet } from "../../src/contract/index.ts";
import {
  clockAt,
  DAY_MS,
  HOUR_MS,
  releasedOn,
  type SealedStatement,
} from "../support/contract-builders.ts";
import { home, type PaperHost, type PaperHub } from "./paper-host.ts";

/** Releases of ten hours: some share a closure, and some forbid everything before them. */
const RELEASES: readonly SealedStatement[] = Array.from({ length: 10 }, (_, index) => {
  const release = releasedOn(index / 24, `closure ${index % 4}`);
  const { serial } = release.statement;
  return index % 5 === 4 ? releasedOn(index / 24, "fix", { minSerial: serial }) : release;
});

/** A home whose past orders can be delivered again. */
interface Life {
  readonly host: PaperHost;
  readonly hub: PaperHub;
  readonly sent: Uint8Array[];
  attempt: number;
}

interface Step {
  readonly goal: "stage" | "trial" | "commit" | "revert";
  /** Bytes that arrive, or none where the step is something else. */
  readonly arrive: (life: Life) => Uint8Array | undefined;
}

const release = fc.constantFrom(...RELEASES);
const openRelease = ({ host }: Life, otherwise: SealedStatement): SealedStatement =>
  RELEASES.find((one) => one.digest === host.journal.open?.statement) ?? otherwise;

const order = fc
  .record({ statement: release, rollback: fc.boolean(), retry: fc.boolean() })
  .chain(({ statement, ...flags }) =>
    fc.constantFrom("stage" as const, "trial" as const).map(
      (goal): Step => ({
        goal,
        arrive: (life) => {
          life.attempt += 1;
          return life.hub.order(statement, { goal, attempt: life.attempt, ...flags });
        },
      }),
    ),
  );
const end = fc
  .tuple(release, fc.constantFrom("commit" as const, "commit" as const, "revert" as const))
  .map(
    ([statement, goal]): Step => ({
      goal,
      arrive: (life) =>
        life.hub.order(openRelease(life, statement), { goal, attempt: Math.max(1, life.attempt) }),
    }),
  );
const replay = fc.nat(1000).map(
  (which): Step => ({
    goal: "trial",
    arrive: ({ sent }) => sent[which % Math.max(1, sent.length)],
  }),
);
const silent = (act: (life: Life) => void): Step => ({
  goal: "stage",
  arrive: (life) => {
    act(life);
    return undefined;
  },
});
const restart = fc.constant(silent(({ host }) => host.restart()));
const hours = fc
  .tuple(fc.integer({ min: -30, max: 60 * 24 }), fc.integer({ min: 0, max: 4 }))
  .map(([count, luck]) =>
    silent(({ host }) => {
      host.clock = clockAt(count * HOUR_MS, luck > 0);
    }),
  );
const raiseEpoch = fc.constant(
  silent(({ host }) => {
    host.trust = { ...host.trust, epoch: host.trust.epoch + 1 };
  }),
);

const life = fc.array(
  fc.oneof(
    { arbitrary: order, weight: 6 },
    { arbitrary: end, weight: 6 },
    { arbitrary: replay, weight: 3 },
    { arbitrary: restart, weight: 1 },
    { arbitrary: hours, weight: 1 },
    { arbitrary: raiseEpoch, weight: 1 },
  ),
  { minLength: 1, maxLength: 30 },
);

interface Moment {
  readonly host: PaperHost;
  readonly before: Ratchet;
  readonly beforeFloor: number;
  readonly bytes: Uint8Array;
  readonly judgement: Judgement;
}

/** Lives every step; `check` sees each arrival. @returns how often something was accepted */
function live(steps: readonly Step[], check: (moment: Moment) => void): number {
  const { host, hub } = home();
  host.clock = clockAt(DAY_MS / 2);
  const story: Life = { host, hub, sent: [], attempt: 0 };
  let accepted = 0;
  for (const step of steps) {
    const bytes = step.arrive(story);
    if (bytes === undefined) continue;
    story.sent.push(bytes);
    const before = host.ratchet;
    const inForce = host.trust.epoch > before.epoch ? 0 : floorOf(before, host.trust);
    const judgement = host.receive(bytes);
    if (judgement.kind === "accepted") accepted += 1;
    check({ host, before, beforeFloor: inForce, bytes, judgement });
  }
  return accepted;
}

const holds = (check: (moment: Moment) => void): void => {
  let accepted = 0;
  fc.assert(
    fc.property(life, (steps) => {
      accepted += live(steps, check);
    }),
    { numRuns: 150 },
  );
  expect(accepted).toBeGreaterThan(100);
};

describe("the ratchet, over any sequence of orders, commits, replays, restarts, clocks and epochs", () => {
  it("floor, minSerial, highest and counter never fall within one epoch, and the epoch never falls", () => {
    holds(({ host: { ratchet: after }, before }) => {
      expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
      if (after.epoch > before.epoch) return;
      expect(after.floor?.serial ?? 0).toBeGreaterThanOrEqual(before.floor?.serial ?? 0);
      expect(after.highest?.serial ?? 0).toBeGreaterThanOrEqual(before.highest?.serial ?? 0);
      expect(after.minSerial).toBeGreaterThanOrEqual(before.minSerial);
      expect(after.counter).toBeGreaterThanOrEqual(before.counter);
    });
  });

  it("nothing below the floor is accepted unless it is the no-op or a roll back", () => {
    holds(({ beforeFloor, judgement }) => {
      if (judgement.kind !== "accepted" || judgement.noOp) return;
      const { goal, rollback } = judgement.order;
      if (goal === "commit" || goal === "revert" || rollback) return;
      expect(judgement.statement.serial).toBeGreaterThanOrEqual(beforeFloor);
    });
  });

  it("no roll back goes below a committed minSerial", () => {
    holds(({ before, judgement }) => {
      if (judgement.kind !== "accepted" || judgement.noOp || !judgement.order.rollback) return;
      if (judgement.order.goal === "commit" || judgement.order.goal === "revert") return;
      if (judgement.ratchet.epoch > before.epoch) return;
      expect(judgement.statement.serial).toBeGreaterThanOrEqual(before.minSerial);
    });
  });

  it("only a commit raises the floor, and it raises it to what it committed", () => {
    holds(({ host: { ratchet: after }, before, judgement }) => {
      const raised = (after.floor?.serial ?? 0) > (before.floor?.serial ?? 0);
      if (!raised) return;
      expect(judgement).toMatchObject({ kind: "accepted", order: { goal: "commit" } });
      if (judgement.kind !== "accepted") return;
      expect(after.floor).toEqual({
        serial: judgement.statement.serial,
        digest: judgement.order.statement,
      });
    });
  });

  it("same bytes twice is repeated, and a second time changes nothing", () => {
    holds(({ host, bytes, judgement }) => {
      if (judgement.kind !== "accepted" && judgement.kind !== "closed") return;
      const { ratchet, journal } = host;
      host.restart();
      expect(host.receive(bytes).kind).toBe("repeated");
      expect([host.ratchet, host.journal]).toEqual([ratchet, journal]);
    });
  });

  it("what was refused or held left ratchet and journal as they were", () => {
    holds(({ host, before, judgement }) => {
      if (judgement.kind === "accepted" || judgement.kind === "closed") return;
      expect(host.ratchet).toBe(before);
    });
  });

  it("an accepted order is never accepted a second time within its epoch", () => {
    const digests = new Map<PaperHost, Set<string>>();
    holds(({ host, judgement }) => {
      if (judgement.kind !== "accepted") return;
      const known = digests.get(host) ?? new Set();
      digests.set(host, known);
      const name = `${judgement.ratchet.epoch} ${judgement.orderDigest}`;
      expect(known.has(name)).toBe(false);
      known.add(name);
    });
  });
});

import { describe, expect, it } from "vitest";
import { type ErrorCode, parseRolloutId } from "../../src/contract/index.ts";
import {
  at,
  clockAt,
  DAY_MS,
  ROLLOUT,
  sealStatement,
  serialAt,
  statementOf,
} from "../support/contract-builders.ts";
import { home } from "./paper-host.ts";

const refused = (code: ErrorCode) => ({ kind: "refused", code });
const next = sealStatement(statementOf("next"));

describe("an attempt with an outcome is closed for ever", () => {
  it("its outcome is re-reported, whatever is ordered of it, however late", () => {
    const { host, hub } = home();
    hub.install(next);
    for (const goal of ["stage", "trial", "commit", "revert"] as const) {
      const judgement = host.judge(hub.order(next, { goal, attempt: 1, notAfter: at(-1) }));
      expect(judgement).toMatchObject({ kind: "closed", outcome: { code: "succeeded" } });
    }
  });

  it("the closed attempt's order still raises the counter, so that it cannot come back", () => {
    const { host, hub } = home();
    hub.install(next);
    const again = hub.order(next, { attempt: 1 });
    const judgement = host.receive(again);
    expect(judgement).toMatchObject({ kind: "closed" });
    expect(host.receive(again).kind).toBe("repeated");
  });

  it("the same attempt number of another rollout is another attempt", () => {
    const { host, hub } = home();
    hub.install(next);
    const newer = sealStatement(statementOf("newer", { serial: serialAt(1) }));
    const rollout = parseRolloutId("r-2");
    expect(host.judge(hub.order(newer, { rollout, attempt: 1 })).kind).toBe("accepted");
    expect(host.judge(hub.order(newer, { rollout: ROLLOUT, attempt: 2 })).kind).toBe("accepted");
  });
});

describe("an attempt is one try of one statement", () => {
  it("what is staged under an attempt is what may be tried under it, another statement is refused", () => {
    const { host, hub } = home();
    hub.trial(next, { goal: "stage" });
    const other = sealStatement(statementOf("other", { serial: serialAt(5) }));
    for (const goal of ["stage", "trial"] as const) {
      expect(host.judge(hub.order(other, { goal, attempt: 1 }))).toMatchObject({
        ...refused("statement-mismatch"),
        message: "the order names another statement than the one that this attempt began with",
      });
      expect(host.judge(hub.order(next, { goal, attempt: 1 })).kind).toBe("accepted");
      expect(host.judge(hub.order(other, { goal, attempt: 2 })).kind).toBe("accepted");
    }
  });
});

describe("commit without a trial of that attempt is refused as not-in-trial", () => {
  const commit = { goal: "commit" as const };

  it("nothing is open", () => {
    const { host, hub } = home();
    expect(host.judge(hub.order(next, commit))).toMatchObject(refused("not-in-trial"));
    expect(host.judge(hub.order(next, { goal: "revert" }))).toMatchObject(refused("not-in-trial"));
  });

  it("the attempt is staged and no more: commit is refused, revert is not", () => {
    const { host, hub } = home();
    hub.trial(next, { goal: "stage" });
    expect(host.judge(hub.order(next, commit))).toMatchObject(refused("not-in-trial"));
    expect(host.judge(hub.order(next, { goal: "revert" })).kind).toBe("accepted");
  });

  it("another attempt is in trial", () => {
    const { host, hub } = home();
    hub.trial(next);
    for (const other of [{ attempt: 2 }, { rollout: parseRolloutId("r-2") }]) {
      expect(host.judge(hub.order(next, { ...commit, ...other }))).toMatchObject(
        refused("not-in-trial"),
      );
    }
  });

  it("another statement is in trial under that attempt", () => {
    const { host, hub } = home();
    hub.trial(next);
    const other = sealStatement(statementOf("other", { serial: serialAt(5) }));
    for (const goal of ["commit", "revert"] as const) {
      expect(host.judge(hub.order(other, { goal }))).toMatchObject(refused("statement-mismatch"));
    }
  });

  it("a commit is repeated while the host is already committing", () => {
    const { host, hub } = home();
    hub.trial(next);
    for (const phase of ["in-trial", "committing"] as const) {
      const open = host.journal.open && { ...host.journal.open, phase };
      host.journal = { ...host.journal, open };
      expect(host.judge(hub.order(next, commit)).kind).toBe("accepted");
    }
    for (const phase of ["idle", "staging", "activating", "reverting", "locked"] as const) {
      const open = host.journal.open && { ...host.journal.open, phase };
      host.journal = { ...host.journal, open };
      expect(host.judge(hub.order(next, commit))).toMatchObject(refused("not-in-trial"));
    }
  });

  it("serial, quarantine, expiry and an unsynchronised clock never block commit or revert", () => {
    const { host, hub } = home();
    hub.trial(next);
    host.clock = clockAt(100 * DAY_MS, false);
    host.ratchet = {
      ...host.ratchet,
      floor: { serial: serialAt(99 * DAY_MS), digest: next.digest },
    };
    host.journal = { ...host.journal, quarantined: [next.statement.storePath] };
    for (const goal of ["commit", "revert"] as const) {
      expect(host.judge(hub.order(next, { goal })).kind).toBe("accepted");
    }
  });
});

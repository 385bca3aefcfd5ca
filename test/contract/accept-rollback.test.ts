import { describe, expect, it } from "vitest";
import type { ErrorCode, Serial } from "../../src/contract/index.ts";
import {
  at,
  clockAt,
  DAY_MS,
  HOUR_MS,
  lasting,
  MINUTE_MS,
  type SealedStatement,
  sealStatement,
  serialAt,
  statementOf,
} from "../support/contract-builders.ts";
import { home } from "./paper-host.ts";

const refused = (code: ErrorCode) => ({ kind: "refused", code });

/** CI's statement of `closure`, signed `minutes` after noon. */
const signed = (closure: string, minutes: number, differences = {}): SealedStatement =>
  sealStatement(statementOf(closure, { serial: serialAt(minutes * MINUTE_MS), ...differences }));

describe("roll back after a commit", () => {
  const old = signed("old", 1);
  const bad = signed("bad", 10);
  const rollback = { rollback: true, attempt: 9 };

  function afterBad(trust = {}) {
    const { host, hub } = home(trust);
    hub.install(old);
    hub.install(bad);
    return { host, hub };
  }

  it("a hub-signed order returns a host, as a trial, to a path that its own journal lists as committed there", () => {
    const { host, hub } = afterBad();
    expect(hub.trial(old, rollback)).toMatchObject({ kind: "accepted", noOp: false });
    expect(host.journal.open).toMatchObject({ phase: "in-trial", serial: old.statement.serial });
    expect(hub.commit(old, rollback)).toMatchObject({ kind: "accepted" });
    expect(host.journal.committed.at(-1)?.storePath).toBe(old.statement.storePath);
    expect(host.ratchet.floor?.serial).toBe(bad.statement.serial);
  });

  it("without the order's own word for it the old statement stays below the floor", () => {
    const { hub } = afterBad();
    expect(hub.trial(old, { rollback: false })).toMatchObject(refused("serial-below-floor"));
  });

  it("what CI signed but this host never committed is refused", () => {
    const { hub } = afterBad();
    expect(hub.trial(signed("elsewhere", 5), rollback)).toMatchObject(
      refused("not-committed-here"),
    );
  });

  it("the content of a committed path under another statement is not what was committed", () => {
    const { hub } = afterBad();
    const { narHash } = statementOf("other");
    expect(hub.trial(signed("old", 1, { narHash }), rollback)).toMatchObject(
      refused("not-committed-here"),
    );
  });

  it("within the host's rollbackWindow: its last millisecond counts, the next one does not", () => {
    const { host, hub } = afterBad({ rollbackWindow: lasting(DAY_MS) });
    host.clock = clockAt(DAY_MS);
    expect(host.judge(hub.order(old, rollback)).kind).toBe("accepted");
    host.clock = clockAt(DAY_MS + 1);
    expect(host.judge(hub.order(old, rollback))).toMatchObject(refused("not-committed-here"));
  });

  it("a window of 0 disables it, even in the very millisecond", () => {
    const { host, hub } = afterBad({ rollbackWindow: lasting(0) });
    expect(host.judge(hub.order(old, rollback))).toMatchObject(refused("not-committed-here"));
  });

  it("not below the committed minSerial, nor below the closure's own serialFloor", () => {
    const { host, hub } = afterBad();
    const fix = signed("fix", 20, { minSerial: serialAt(2 * MINUTE_MS) as Serial });
    hub.install(fix);
    expect(host.judge(hub.order(old, rollback))).toMatchObject({
      ...refused("serial-below-floor"),
      message: `serial ${old.statement.serial} is below the committed minSerial`,
    });
    expect(host.judge(hub.order(bad, rollback)).kind).toBe("accepted");
    host.trust = { ...host.trust, serialFloor: bad.statement.serial + 1 };
    expect(host.judge(hub.order(bad, rollback))).toMatchObject(refused("serial-below-floor"));
  });

  it("an expired statement may be returned to: it was good when it was committed", () => {
    const expiring = signed("expiring", 1, { expires: at(HOUR_MS) });
    const { host, hub } = home();
    hub.install(expiring);
    hub.install(bad);
    host.clock = clockAt(2 * HOUR_MS);
    expect(host.judge(hub.order(expiring, { attempt: 9 }))).toMatchObject(
      refused("serial-below-floor"),
    );
    expect(host.judge(hub.order(expiring, rollback)).kind).toBe("accepted");
  });

  it("a roll back holds as well while the clock is not synchronised", () => {
    const { host, hub } = afterBad({ rollbackWindow: lasting(DAY_MS) });
    host.clock = clockAt(40 * DAY_MS, false);
    expect(host.judge(hub.order(old, rollback))).toMatchObject({
      kind: "held",
      code: "clock-unsynchronised",
    });
  });

  it("the abandoned path is quarantined on that host until retry", () => {
    const { hub } = afterBad();
    hub.install(old, { rollback: true });
    expect(hub.trial(bad)).toMatchObject({
      ...refused("quarantined"),
      message: `${bad.statement.storePath} was abandoned here`,
    });
    const again = signed("bad", 30);
    expect(hub.trial(again)).toMatchObject(refused("quarantined"));
    expect(hub.trial(again, { retry: true })).toMatchObject({ kind: "accepted" });
  });

  it("anything older is an old path signed by CI under a new serial", () => {
    const { host, hub } = afterBad({ rollbackWindow: lasting(0) });
    const anew = signed("old", 40);
    hub.install(anew);
    expect(host.journal.committed.at(-1)?.storePath).toBe(old.statement.storePath);
    expect(hub.trial(bad)).toMatchObject(refused("serial-below-floor"));
  });
});

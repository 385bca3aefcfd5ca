import { describe, expect, it } from "vitest";
import { type ErrorCode, floorOf, type Serial } from "../../src/contract/index.ts";
import {
  at,
  clockAt,
  DAY_MS,
  HOUR_MS,
  lasting,
  MINUTE_MS,
  ordered,
  type SealedStatement,
  sealStatement,
  serialAt,
  statementOf,
} from "../support/contract-builders.ts";
import { home, PaperHost } from "./paper-host.ts";

const refused = (code: ErrorCode) => ({ kind: "refused", code });

/** CI's statement of `closure`, signed `minutes` after noon. */
const signed = (closure: string, minutes: number, differences = {}): SealedStatement =>
  sealStatement(statementOf(closure, { serial: serialAt(minutes * MINUTE_MS), ...differences }));

describe("serial: strictly rising, never below what was committed", () => {
  it("only a commit raises the rollback ratchet", () => {
    const { host, hub } = home();
    const next = signed("a", 0);
    hub.trial(next, { goal: "stage" });
    hub.trial(next);
    expect(host.ratchet.floor).toBeNull();
    hub.commit(next);
    expect(host.ratchet.floor).toEqual({ serial: next.statement.serial, digest: next.digest });
  });

  it("staging an aborted release poisons nothing: the older one is still accepted", () => {
    const { hub } = home();
    hub.trial(signed("newest", 10));
    hub.revert(signed("newest", 10));
    expect(hub.trial(signed("older", 5))).toMatchObject({ kind: "accepted" });
  });

  it("highest seen serves equivocation and reporting, and only rises", () => {
    const { host, hub } = home();
    const newest = signed("newest", 10);
    hub.trial(newest);
    hub.trial(signed("older", 5));
    expect(host.ratchet.highest).toEqual({
      serial: newest.statement.serial,
      digest: newest.digest,
    });
  });

  it("a serial below the committed one is refused, the committed one itself is not", () => {
    const { host, hub } = home();
    const kept = signed("kept", 10);
    hub.install(kept);
    expect(host.judge(hub.order(signed("older", 9), { attempt: 2 }))).toMatchObject({
      ...refused("serial-below-floor"),
      message: `serial ${serialAt(9 * MINUTE_MS)} is below ${serialAt(10 * MINUTE_MS)}`,
    });
    host.journal = { ...host.journal, committed: [] };
    expect(host.judge(hub.order(kept, { attempt: 2 }))).toMatchObject({
      kind: "accepted",
      noOp: false,
    });
  });

  it("the same serial with other content is equivocation, against the highest seen", () => {
    const { host, hub } = home();
    hub.trial(signed("a", 10));
    expect(host.judge(hub.order(signed("b", 10), { attempt: 2 }))).toMatchObject(
      refused("serial-equivocation"),
    );
  });

  it("the same serial with other content is equivocation, against the floor below a higher one seen", () => {
    const { host, hub } = home();
    hub.install(signed("a", 10));
    hub.trial(signed("higher", 20));
    expect(host.judge(hub.order(signed("b", 10), { attempt: 3 }))).toMatchObject(
      refused("serial-equivocation"),
    );
  });

  it("minSerial is remembered from committed statements only and never falls", () => {
    const { host, hub } = home();
    const low = serialAt(MINUTE_MS);
    const high = serialAt(9 * MINUTE_MS);
    hub.trial(signed("staged", 5, { minSerial: low }));
    expect(host.ratchet.minSerial).toBe(0);
    hub.install(signed("a", 10, { minSerial: high }));
    hub.install(signed("b", 11, { minSerial: low }));
    hub.install(signed("c", 12));
    expect(host.ratchet.minSerial).toBe(high);
  });

  it("serialFloor, carried by the running closure, is a floor for a host that lost its ratchet", () => {
    const host = new PaperHost({ serialFloor: serialAt(10 * MINUTE_MS) });
    expect(host.judge(ordered(signed("older", 9)))).toMatchObject(refused("serial-below-floor"));
    expect(host.judge(ordered(signed("same", 10)))).toMatchObject({ kind: "accepted" });
    expect(floorOf(host.ratchet, host.trust)).toBe(serialAt(10 * MINUTE_MS));
  });
});

describe("the path already committed is always accepted as a no-op", () => {
  const kept = signed("kept", 10);
  const refresh = (minutes: number, differences = {}) => signed("kept", minutes, differences);

  it("under a newer serial, an older one, expired, from the future, with no clock and in quarantine", () => {
    const { host, hub } = home();
    hub.install(kept);
    host.journal = { ...host.journal, quarantined: [kept.statement.storePath] };
    const statements = [
      refresh(11),
      refresh(1),
      refresh(12, { expires: at(0) }),
      refresh(60 * 48),
      refresh(10, { title: "same serial, other words" }),
    ];
    for (const statement of statements) {
      for (const synchronised of [true, false]) {
        host.clock = clockAt(0, synchronised);
        expect(host.judge(hub.order(statement, { attempt: 9 }))).toMatchObject({
          kind: "accepted",
          noOp: true,
        });
      }
    }
  });

  it("a store path does not bind its content: the same path with another narHash is no no-op", () => {
    const { host, hub } = home();
    hub.install(kept);
    const { narHash } = statementOf("other");
    expect(host.judge(hub.order(refresh(11, { narHash }), { attempt: 2 }))).toMatchObject({
      kind: "accepted",
      noOp: false,
    });
    expect(host.judge(hub.order(refresh(9, { narHash }), { attempt: 2 }))).toMatchObject(
      refused("serial-below-floor"),
    );
  });

  it("what was committed before the last commit is no no-op", () => {
    const { host, hub } = home();
    hub.install(kept);
    hub.install(signed("newer", 11));
    expect(host.judge(hub.order(kept, { attempt: 9 }))).toMatchObject(
      refused("serial-below-floor"),
    );
  });

  it("a no-op raises no floor", () => {
    const { host, hub } = home();
    hub.install(kept);
    hub.trial(refresh(60 * 48));
    expect(host.ratchet.floor?.serial).toBe(kept.statement.serial);
  });
});

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

import { describe, expect, it } from "vitest";
import { type ErrorCode, floorOf } from "../../src/contract/index.ts";
import {
  at,
  clockAt,
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

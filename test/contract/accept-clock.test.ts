import { describe, expect, it } from "vitest";
import {
  type ErrorCode,
  newRatchet,
  ratchetAfterCommit,
  ratchetCodec,
  ratchetInForce,
} from "../../src/contract/index.ts";
import {
  at,
  clockAt,
  DAY_MS,
  HOUR_MS,
  ordered,
  sealStatement,
  serialAt,
  statementOf,
  trustOf,
} from "../support/contract-builders.ts";
import { home, PaperHost } from "./paper-host.ts";

const refused = (code: ErrorCode) => ({ kind: "refused", code });
const held = { kind: "held", code: "clock-unsynchronised" };

describe("expiry uses max(clock, highest committed serial)", () => {
  const expiring = sealStatement(statementOf("a", { expires: at(HOUR_MS) }));
  const floorAt = (offsetMs: number) => ({
    ...newRatchet(1),
    floor: { serial: serialAt(offsetMs), digest: expiring.digest },
  });

  it("a statement is good until the millisecond it expires", () => {
    const { host, hub } = home();
    host.clock = clockAt(HOUR_MS - 1);
    expect(host.judge(hub.order(expiring)).kind).toBe("accepted");
    host.clock = clockAt(HOUR_MS);
    expect(host.judge(hub.order(expiring))).toMatchObject({
      ...refused("statement-expired"),
      message: "the statement expired 0 ms ago",
    });
  });

  it("a clock set back revives nothing: the committed serial is a signed lower bound of real time", () => {
    const { host, hub } = home();
    const dead = sealStatement(
      statementOf("a", { serial: serialAt(2 * HOUR_MS), expires: at(HOUR_MS) }),
    );
    host.ratchet = floorAt(HOUR_MS);
    host.clock = clockAt(0);
    expect(host.judge(hub.order(dead))).toMatchObject(refused("statement-expired"));
    host.clock = clockAt(-400 * DAY_MS, false);
    expect(host.judge(hub.order(dead))).toMatchObject(refused("statement-expired"));
    host.ratchet = floorAt(HOUR_MS - 1);
    host.clock = clockAt(0);
    expect(host.judge(hub.order(dead)).kind).toBe("accepted");
  });

  it("serials merely seen do not move time: only a committed one does", () => {
    const { host, hub } = home();
    hub.trial(sealStatement(statementOf("far", { serial: serialAt(20 * HOUR_MS) })));
    expect(host.judge(hub.order(expiring, { attempt: 2 })).kind).toBe("accepted");
  });

  it("wall time is never persisted, so one wrong clock cannot block for good", () => {
    const { host, hub } = home();
    host.clock = clockAt(1000 * DAY_MS);
    expect(host.receive(hub.order(expiring))).toMatchObject(refused("statement-expired"));
    host.restart();
    host.clock = clockAt(0);
    expect(host.receive(ordered(expiring)).kind).toBe("accepted");
    const onDisk = JSON.parse(Buffer.from(ratchetCodec.encode(host.ratchet)).toString()) as object;
    const fields = ["v", "epoch", "highest", "floor", "minSerial", "counter", "order"];
    expect(new Set(Object.keys(onDisk))).toEqual(new Set(fields));
  });
});

describe("a host whose clock is not synchronised holds and says so", () => {
  const next = sealStatement(statementOf("a"));

  it("nothing new starts, and the same bytes are accepted once the clock is right", () => {
    const { host, hub } = home();
    const bytes = hub.order(next);
    host.clock = clockAt(-20_000 * DAY_MS, false);
    expect(host.receive(bytes)).toMatchObject({
      ...held,
      counter: at(0),
      message: "the clock is not synchronised; nothing new starts until it is",
    });
    host.clock = clockAt(1000);
    expect(host.receive(bytes).kind).toBe("accepted");
  });

  it("staging holds as a trial does", () => {
    const { host, hub } = home();
    host.clock = clockAt(0, false);
    expect(host.judge(hub.order(next, { goal: "stage" }))).toMatchObject(held);
  });

  it("notAfter is not judged by a clock that nobody trusts; the counter still is", () => {
    const { host, hub } = home();
    const early = hub.order(next);
    hub.trial(next);
    host.clock = clockAt(100 * DAY_MS, false);
    expect(host.judge(hub.order(next, { attempt: 2, notAfter: at(0) }))).toMatchObject(held);
    expect(host.judge(early)).toMatchObject(refused("order-replayed"));
  });
});

describe("a serial more than a day ahead of the clock is a wrong clock or a stolen key", () => {
  it("24 hours are accepted, one millisecond more is not", () => {
    const judge = (aheadMs: number) =>
      new PaperHost().judge(
        ordered(sealStatement(statementOf("a", { serial: serialAt(aheadMs) }))),
      );
    expect(judge(DAY_MS)).toMatchObject({ kind: "accepted" });
    expect(judge(DAY_MS + 1)).toMatchObject({
      ...refused("serial-in-future"),
      message: `serial ${serialAt(DAY_MS + 1)} is more than a day ahead of the clock`,
    });
  });
});

describe("trust epoch", () => {
  const kept = sealStatement(statementOf("a"));
  const full = ratchetAfterCommit(
    { ...newRatchet(3), counter: 9, order: kept.digest, highest: null },
    kept,
  );

  it("a raised epoch forgets floor, highest, minSerial and counter", () => {
    expect(ratchetInForce(full, trustOf({ epoch: 4 }))).toEqual(newRatchet(4));
  });

  it("the same epoch keeps all, and a lower one too: going back to an older configuration forgets nothing", () => {
    expect(ratchetInForce(full, trustOf({ epoch: 3 }))).toBe(full);
    expect(ratchetInForce(full, trustOf({ epoch: 2 }))).toBe(full);
  });

  it("the first order under a new epoch makes the new epoch durable with it", () => {
    const host = new PaperHost({ epoch: 4 });
    host.ratchet = { ...full, floor: { serial: serialAt(90 * DAY_MS), digest: kept.digest } };
    expect(host.judge(ordered(kept))).toMatchObject({
      kind: "accepted",
      ratchet: { epoch: 4, floor: null },
    });
  });

  it("a floor of the same serial keeps the digest it was raised with", () => {
    const other = sealStatement(statementOf("b"));
    expect(ratchetAfterCommit(full, other).floor).toEqual(full.floor);
  });
});

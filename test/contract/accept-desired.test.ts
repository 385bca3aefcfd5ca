import { describe, expect, it } from "vitest";
import {
  type Counter,
  type ErrorCode,
  newRatchet,
  parseFleetName,
  parseHostName,
} from "../../src/contract/index.ts";
import {
  at,
  clockAt,
  counting,
  DAY_MS,
  desiredBytes,
  keyFrom,
  MINUTE_MS,
  NOON,
  ordered,
  orderOf,
  sealOrder,
  sealStatement,
  statementOf,
  trusting,
} from "../support/contract-builders.ts";
import { home, PaperHost } from "./paper-host.ts";

const refused = (code: ErrorCode) => ({ kind: "refused", code });
const next = sealStatement(statementOf("next"));

describe("desired: the hub signs with its own key", () => {
  it("the order names this fleet and this host in the signed bytes, whatever topic it came on", () => {
    const host = new PaperHost();
    const fleet = parseFleetName("github:neighbour/homelab");
    expect(host.judge(ordered(next, { fleet }))).toMatchObject({
      ...refused("wrong-fleet"),
      message: expect.stringContaining("the order's fleet"),
    });
    expect(host.judge(ordered(next, { host: parseHostName("rp3") }))).toMatchObject({
      ...refused("wrong-host"),
      message: expect.stringContaining("the order's host"),
    });
  });

  it("the order names the statement beside it by its digest", () => {
    const other = sealStatement(statementOf("other"));
    const bytes = desiredBytes(sealOrder(orderOf(other.digest)), next);
    expect(new PaperHost().judge(bytes)).toMatchObject(refused("statement-mismatch"));
  });

  it("unknown fields of the unsigned container are ignored, so that versions meet", () => {
    const message = JSON.parse(Buffer.from(ordered(next)).toString()) as object;
    const newer = Buffer.from(JSON.stringify({ ...message, hint: { since: 2 } }));
    expect(new PaperHost().judge(newer)).toMatchObject({ kind: "accepted" });
  });
});

describe("counter: learned from the hub, never falling", () => {
  it("a counter below the last accepted one is an old copy: order-replayed", () => {
    const host = new PaperHost();
    host.receive(ordered(next, { counter: counting(10) }));
    expect(host.judge(ordered(next, { counter: counting(9) }))).toMatchObject({
      ...refused("order-replayed"),
      counter: 9,
    });
  });

  it("same counter and same bytes: already accepted, never refused", () => {
    const host = new PaperHost();
    const bytes = ordered(next);
    expect(host.receive(bytes).kind).toBe("accepted");
    host.clock = clockAt(365 * DAY_MS);
    host.restart();
    expect(host.receive(bytes)).toMatchObject({ kind: "repeated", statement: next.statement });
  });

  it("same bytes stay accepted although the host has just changed its keys", () => {
    const host = new PaperHost();
    const bytes = ordered(next);
    host.receive(bytes);
    host.trust = { ...host.trust, hubKeys: trusting(1, keyFrom("hub-2")) };
    expect(host.receive(bytes).kind).toBe("repeated");
  });

  it("the repeated order beside another statement is not the same bytes", () => {
    const host = new PaperHost();
    const order = sealOrder(orderOf(next.digest));
    host.receive(desiredBytes(order, next));
    const other = sealStatement(statementOf("other"));
    expect(host.judge(desiredBytes(order, other))).toMatchObject(refused("statement-mismatch"));
  });

  it("same counter, other bytes: equivocation", () => {
    const host = new PaperHost();
    host.receive(ordered(next));
    const otherBytes = ordered(next, { lease: orderOf(next.digest).lease, attempt: 2 });
    expect(host.judge(otherBytes)).toMatchObject(refused("order-equivocation"));
  });

  it("an accepted order raises the counter that must be durable first", () => {
    const judgement = new PaperHost().judge(ordered(next, { counter: counting(77) }));
    expect(judgement).toMatchObject({ kind: "accepted", ratchet: { counter: 77 } });
  });

  it("a refused or held order leaves no trace: the same counter may come again with other bytes", () => {
    const host = new PaperHost();
    host.receive(ordered(sealStatement(statementOf("late", { expires: at(-1) }))));
    host.clock = clockAt(0, false);
    expect(host.receive(ordered(next)).kind).toBe("held");
    host.clock = clockAt(0);
    expect(host.ratchet).toEqual(newRatchet(1));
    expect(host.receive(ordered(next)).kind).toBe("accepted");
  });

  it("the highest counter there is is accepted, and nothing above it exists", () => {
    const host = new PaperHost();
    const last = Number.MAX_SAFE_INTEGER as Counter;
    expect(host.receive(ordered(next, { counter: last })).kind).toBe("accepted");
    expect(host.judge(ordered(next, { counter: counting(1) }))).toMatchObject(
      refused("order-replayed"),
    );
  });
});

describe("notAfter counts at acceptance only", () => {
  it("an order is good up to its notAfter and stale one millisecond later", () => {
    const host = new PaperHost();
    const bytes = ordered(next, { notAfter: at(15 * MINUTE_MS) });
    host.clock = clockAt(15 * MINUTE_MS);
    expect(host.judge(bytes).kind).toBe("accepted");
    host.clock = clockAt(15 * MINUTE_MS + 1);
    expect(host.judge(bytes)).toMatchObject({
      ...refused("order-stale"),
      message: "the order was good until 1 ms ago",
    });
  });

  it("a host waking after days never acts on a stale order, and does on the one issued anew", () => {
    const { host, hub } = home();
    const retained = hub.order(next);
    host.clock = clockAt(3 * DAY_MS);
    expect(host.receive(retained)).toMatchObject(refused("order-stale"));
    expect(host.receive(hub.order(next)).kind).toBe("accepted");
  });

  it("a stale commit and a stale revert are refused as well", () => {
    const { host, hub } = home();
    hub.trial(next);
    const late = [
      hub.order(next, { goal: "commit", notAfter: at(0) }),
      hub.order(next, { goal: "revert", notAfter: at(0) }),
    ];
    host.clock = clockAt(1);
    for (const bytes of late) expect(host.judge(bytes)).toMatchObject(refused("order-stale"));
  });
});

it("an order's digest, not its counter alone, is what the ratchet remembers", () => {
  const host = new PaperHost();
  const order = sealOrder(orderOf(next.digest));
  host.receive(desiredBytes(order, next));
  expect(host.ratchet).toMatchObject({ counter: NOON, order: order.digest });
});

import { describe, expect, it } from "vitest";
import {
  type ClockReading,
  DESIRED_TYPE,
  type ErrorCode,
  judgeOrder,
  newRatchet,
  parseChannel,
  parseFleetName,
  parseHostName,
  parseSystemType,
  STATEMENT_TYPE,
} from "../../src/contract/index.ts";
import {
  at,
  CI_KEY,
  clockAt,
  DAY_MS,
  EMPTY_JOURNAL,
  HOUR_MS,
  HUB_KEY,
  keyFrom,
  NOON,
  orderOf,
  pathFor,
  seal,
  serialAt,
  statementOf,
  trustOf,
  utf8,
} from "../support/contract-builders.ts";

/** A message and the host that judges it, before any fault. */
interface Draft {
  statement: Record<string, unknown>;
  order: Record<string, unknown>;
  ciKey: string;
  hubKey: string;
  namesAnother: boolean;
  paddingBytes: number;
  lastCounter: number;
  floorOffsetMs: number;
  quarantined: boolean;
  clock: ClockReading;
}

interface Fault {
  readonly code: ErrorCode;
  readonly what: string;
  readonly plant: (draft: Draft) => void;
}

const fault = (code: ErrorCode, what: string, plant: (draft: Draft) => void): Fault => ({
  code,
  what,
  plant,
});

/** In the order of DESIGN 6: sizes, signatures, fleet/host/channel/system/path syntax, hub order, counter, notAfter, serial rules, clock rules. */
const FAULTS: readonly Fault[] = [
  fault("too-large", "a message above 16 KiB", (d) => {
    d.paddingBytes = 16 * 1024;
  }),
  fault("too-large", "an order above 8 KiB", (d) => {
    d.order["ext"] = { filler: "x".repeat(8 * 1024) };
  }),
  fault("too-large", "a statement above 8 KiB", (d) => {
    d.statement["ext"] = { filler: "x".repeat(8 * 1024) };
  }),
  fault("signature-invalid", "an order signed by a stranger", (d) => {
    d.hubKey = "stranger";
  }),
  fault("signature-invalid", "a statement signed by a stranger", (d) => {
    d.ciKey = "stranger";
  }),
  fault("invalid-field", "a path outside the store", (d) => {
    d.statement["storePath"] = "/nix/store/../../etc";
  }),
  fault("wrong-fleet", "a statement for another fleet", (d) => {
    d.statement["fleet"] = parseFleetName("github:neighbour/homelab");
  }),
  fault("wrong-host", "a statement for another host", (d) => {
    d.statement["host"] = parseHostName("nuc");
  }),
  fault("wrong-channel", "a statement for another channel", (d) => {
    d.statement["channel"] = parseChannel("edge");
  }),
  fault("wrong-system", "a statement for another system", (d) => {
    d.statement["system"] = parseSystemType("x86_64-linux");
  }),
  fault("invalid-field", "an order with an unknown goal", (d) => {
    d.order["goal"] = "obey";
  }),
  fault("wrong-fleet", "an order for another fleet", (d) => {
    d.order["fleet"] = parseFleetName("github:neighbour/homelab");
  }),
  fault("wrong-host", "an order for another host", (d) => {
    d.order["host"] = parseHostName("nuc");
  }),
  fault("statement-mismatch", "an order for another statement", (d) => {
    d.namesAnother = true;
  }),
  fault("order-replayed", "a counter below the last one", (d) => {
    d.lastCounter = NOON + 1;
  }),
  fault("order-stale", "an order after its notAfter", (d) => {
    d.order["notAfter"] = at(-1);
  }),
  fault("serial-below-floor", "a serial below the floor", (d) => {
    d.floorOffsetMs = 26 * HOUR_MS;
  }),
  fault("quarantined", "a quarantined path", (d) => {
    d.quarantined = true;
  }),
  fault("statement-expired", "an expired statement", (d) => {
    d.statement["expires"] = at(-DAY_MS);
    d.floorOffsetMs = Math.max(d.floorOffsetMs, -HOUR_MS);
  }),
  fault("clock-unsynchronised", "a clock that is not synchronised", (d) => {
    d.clock = clockAt(0, false);
  }),
  fault("serial-in-future", "a serial more than a day ahead", (d) => {
    d.statement["serial"] = serialAt(25 * HOUR_MS);
  }),
];

function judged(faults: readonly Fault[]) {
  const draft: Draft = {
    statement: { ...statementOf("new") },
    order: {},
    ciKey: CI_KEY.name,
    hubKey: HUB_KEY.name,
    namesAnother: false,
    paddingBytes: 0,
    lastCounter: 0,
    floorOffsetMs: -10 * DAY_MS,
    quarantined: false,
    clock: clockAt(0),
  };
  for (const one of faults) one.plant(draft);
  const sign = (type: typeof DESIRED_TYPE, value: unknown, key: string) =>
    seal(type, utf8(JSON.stringify(value)), [keyFrom(key)]);
  const statement = sign(STATEMENT_TYPE, draft.statement, draft.ciKey);
  const named = draft.namesAnother ? sign(STATEMENT_TYPE, {}, draft.ciKey) : statement;
  const order = sign(DESIRED_TYPE, { ...orderOf(named.digest), ...draft.order }, draft.hubKey);
  const message = { v: 1, order: order.envelope, statement: statement.envelope };
  const bytes = utf8(JSON.stringify(message) + " ".repeat(draft.paddingBytes));
  const floor = { serial: serialAt(draft.floorOffsetMs), digest: statement.digest };
  const journal = draft.quarantined
    ? { ...EMPTY_JOURNAL, quarantined: [pathFor("new")] }
    : EMPTY_JOURNAL;
  const ratchet = { ...newRatchet(1), floor, counter: draft.lastCounter };
  return judgeOrder({ trust: trustOf(), ratchet, journal, clock: draft.clock }, bytes);
}

/** notAfter needs a synchronised clock to be judged at all. */
const excludeEachOther = (a: Fault, b: Fault): boolean =>
  a.code === "order-stale" && b.code === "clock-unsynchronised";

describe("acceptance in this order: sizes, signatures, names, hub order, counter, notAfter, serial rules, clock rules", () => {
  it("a message without a fault is accepted", () => {
    expect(judged([])).toMatchObject({ kind: "accepted", noOp: false });
  });

  for (const [index, earlier] of FAULTS.entries()) {
    it(`${earlier.what} is ${earlier.code}, whatever comes later in the order`, () => {
      expect(judged([earlier])).toMatchObject({ code: earlier.code });
      for (const later of FAULTS.slice(index + 1)) {
        if (excludeEachOther(earlier, later)) continue;
        const alone = judged([earlier]);
        const both = judged([earlier, later]);
        expect([later.what, both]).toMatchObject([later.what, { code: earlier.code }]);
        expect(both.kind).toBe(alone.kind);
      }
    });
  }

  it("every fault of one message counts once: all together are refused by their size", () => {
    expect(judged(FAULTS)).toMatchObject({ kind: "refused", code: "too-large", counter: null });
  });
});

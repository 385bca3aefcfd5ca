import { describe, expect, it } from "vitest";
import {
  ContractError,
  encodeOrder,
  encodePayload,
  encodeStatement,
  instant,
  parseHostName,
  parsePayload,
  parseRolloutId,
  parseSessionId,
  parseStorePath,
  ROLES,
  WIRE,
  WIRE_KINDS,
  WIRE_SPOKEN,
  type WireKind,
} from "../../src/contract/index.ts";
import {
  orderOf,
  reportedOf,
  sealStatement,
  statementOf,
  utf8,
} from "../support/contract-builders.ts";
import { codeOf, refusalOf } from "./refusals.ts";
import { SAMPLES } from "./wire-samples.ts";

const encode = (kind: WireKind): Uint8Array => encodePayload(kind, SAMPLES[kind]);
const isWord = (kind: WireKind): boolean => typeof SAMPLES[kind] === "string";
const JSON_KINDS = WIRE_KINDS.filter((kind) => !isWord(kind));

/** Adds `field` to every object inside `value`. */
function sprinkled(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return value.map((one) => sprinkled(one, field));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, sprinkled(inner, field)]);
  return Object.fromEntries([...entries, [field, { since: 2 }]]);
}

describe("every kind of message", () => {
  for (const kind of WIRE_KINDS) {
    it(`${kind}: what is encoded is parsed as the same`, () => {
      expect(parsePayload(kind, encode(kind))).toEqual(SAMPLES[kind]);
    });

    it(`${kind}: one byte above its limit is too large, whatever it says`, () => {
      const { maxBytes } = WIRE[kind];
      const padded = Buffer.alloc(maxBytes + 1, " ");
      padded.set(encode(kind));
      expect(refusalOf(() => parsePayload(kind, padded))).toMatchObject({
        code: "too-large",
        message: `${maxBytes + 1} bytes, the limit is ${maxBytes}`,
      });
      const fitting = padded.subarray(0, maxBytes);
      if (isWord(kind)) expect(codeOf(() => parsePayload(kind, fitting))).toBe("invalid-field");
      else expect(parsePayload(kind, fitting)).toEqual(SAMPLES[kind]);
    });

    it(`${kind}: an empty payload, which clears a retained message, is no message`, () => {
      expect(() => parsePayload(kind, new Uint8Array())).toThrow(ContractError);
    });
  }

  for (const kind of JSON_KINDS) {
    it(`${kind}: unknown fields are dropped at every depth, so that versions meet`, () => {
      const newer = utf8(JSON.stringify(sprinkled(SAMPLES[kind], "newerThanUs")));
      expect(parsePayload(kind, newer)).toEqual(SAMPLES[kind]);
    });

    it(`${kind}: a missing field is refused, and the message names it`, () => {
      for (const [name, value] of Object.entries(SAMPLES[kind])) {
        const others = Object.fromEntries(
          Object.entries(SAMPLES[kind]).filter(([other]) => other !== name),
        );
        if (["rollout", "host", "duration", "now"].includes(name) && kind === "controlRequest") {
          expect(parsePayload(kind, utf8(JSON.stringify(others)))).toEqual(others);
          continue;
        }
        const refusal = refusalOf(() => parsePayload(kind, utf8(JSON.stringify(others))));
        expect([name, value, refusal.code]).toEqual([name, value, "invalid-field"]);
        expect(refusal.message).toContain(`'${name}'`);
      }
    });

    it(`${kind}: a field of another type is refused, and the message begins with its place`, () => {
      for (const name of Object.keys(SAMPLES[kind])) {
        for (const wrong of [{}, "\u0000", -1, 0.5]) {
          const bytes = utf8(JSON.stringify({ ...(SAMPLES[kind] as object), [name]: wrong }));
          const refusal = refusalOf(() => parsePayload(kind, bytes));
          expect([refusal.code, refusal.where?.split("/")[1]]).toEqual(["invalid-field", name]);
          expect(refusal.message.startsWith(`${refusal.where} `)).toBe(true);
        }
      }
    });

    it(`${kind}: what is no object is refused`, () => {
      for (const text of ["null", "[]", '""', "1", "true", "[{}]"]) {
        expect(refusalOf(() => parsePayload(kind, utf8(text)))).toMatchObject({
          code: "invalid-field",
          where: "/",
        });
      }
    });
  }
});

describe("plain words, exactly", () => {
  const onOff = ["ON", "OFF"] as const;
  const words = {
    ...{ holdSet: onOff, holdState: onOff, deploySet: ["PRESS"] as const },
    ...{ screenPaused: onOff, screenProblem: onOff, screenHostProblem: onOff },
  };
  for (const [kind, known] of Object.entries(words) as [keyof typeof words, readonly string[]][]) {
    it(`${kind} is ${known.join(" or ")} and nothing that looks like it`, () => {
      for (const word of known) expect(parsePayload(kind, utf8(word))).toBe(word);
      for (const word of [
        "on",
        "Off",
        "ON ",
        " ON",
        "ON\n",
        "1",
        "true",
        '"ON"',
        "TOGGLE",
        "press",
        "ON\u0000",
        "ŏN",
      ]) {
        expect(refusalOf(() => parsePayload(kind, utf8(word)))).toMatchObject({
          code: "invalid-field",
          message: expect.stringContaining(` is not ${known.join(" or ")}`),
        });
      }
    });
  }

  it("a word that no reader would take is not written", () => {
    for (const word of ["MAYBE", "ŏN", ""]) {
      expect(codeOf(() => encodePayload("holdSet", word as "ON"))).toBe("invalid-field");
    }
  });
});

describe("what a reader would refuse is not written", () => {
  it("unsigned, too large or malformed", () => {
    const lines = Array.from({ length: 200 }, () => "x".repeat(1000));
    expect(codeOf(() => encodePayload("log", { ...SAMPLES.log, lines }))).toBe("too-large");
    const bad = { state: "asleep", session: SAMPLES.availability.session };
    expect(refusalOf(() => encodePayload("availability", bad as never)).message).toBe(
      "/state must be one of online, offline",
    );
  });

  it("signed", () => {
    for (const title of ["a\u0007", "a\u202eb", "a\ud800", "\udc00", "a\u2028b", ""]) {
      const refused = codeOf(() => encodeStatement(statementOf("a", { title })));
      expect(refused, JSON.stringify(title)).toBe("invalid-field");
    }
    expect(encodeStatement(statementOf("a", { title: "Füße 🏡" })).length).toBeGreaterThan(0);
    const { digest } = sealStatement(statementOf("a"));
    expect(codeOf(() => encodeOrder(orderOf(digest, { attempt: 0 })))).toBe("invalid-field");
  });
});

describe("the map itself", () => {
  it("names at least one writer and one reader for each topic, all of them known roles", () => {
    for (const kind of WIRE_KINDS) {
      const { read, write, qos, retain, maxBytes } = WIRE[kind];
      for (const roles of [read, write]) {
        expect(roles.length).toBeGreaterThan(0);
        expect(ROLES).toEqual(expect.arrayContaining([...roles]));
      }
      expect([0, 1]).toContain(qos);
      expect(retain && qos === 0).toBe(false);
      expect(maxBytes).toBeLessThanOrEqual(256 * 1024);
    }
  });

  it("no device writes what starts a closure: its only words are hold and deploy", () => {
    const byDevice = WIRE_KINDS.filter((kind) =>
      WIRE[kind].write.some((role) => role === "device"),
    );
    expect(byDevice).toEqual(["holdSet", "deploySet"]);
  });

  it("what stands on screens comes from the hub alone, and everybody in the home may read it", () => {
    const screens = WIRE_KINDS.filter((kind) => WIRE[kind].topic.startsWith("screens/"));
    expect(screens).toHaveLength(12);
    for (const kind of screens) {
      expect(WIRE[kind].write).toEqual(["hub"]);
      expect(WIRE[kind].read).toEqual(["hub", "operator", "host", "device"]);
      expect([kind, WIRE[kind].retain]).toEqual([kind, kind !== "screenEvent"]);
    }
  });

  it("this code speaks the version that it reports", () => {
    expect(reportedOf("a").wire).toEqual(WIRE_SPOKEN);
  });
});

it("a host can always report: the longest names and twice 1000 UTF-16 units of message fit into 8 KiB", () => {
  const path = parseStorePath(`/nix/store/${"a".repeat(32)}-${"x".repeat(211)}`);
  const most = Number.MAX_SAFE_INTEGER;
  const reason = "r".repeat(64);
  const longest = reportedOf("a", {
    wire: Array.from({ length: 16 }, () => 1000),
    host: parseHostName("h".repeat(63)),
    session: parseSessionId("a".repeat(64)),
    bootId: parseSessionId("b".repeat(64)),
    current: path,
    booted: path,
    profile: path,
    target: path,
    rollout: parseRolloutId("r".repeat(64)),
    attempt: 1_000_000,
    phase: "committing",
    clock: "unsynchronised",
    agent: "1".repeat(64),
    ...{ seq: most, counter: most, serial: most, floor: most, freeBytes: most },
    at: instant(most),
  });
  for (const message of ["€".repeat(1000), "😀".repeat(500), '"'.repeat(1000), "\n".repeat(1000)]) {
    const outcome = { code: "already-installed" as const, reason, message };
    const refusal = { code: reason, message, counter: most, at: instant(most) };
    const bytes = encodePayload("reported", { ...longest, outcome, refusal });
    expect(bytes.byteLength).toBeLessThanOrEqual(8 * 1024);
  }
});

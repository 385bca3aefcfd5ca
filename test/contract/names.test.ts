import { describe, expect, it } from "vitest";
import {
  type ErrorCode,
  parseChannel,
  parseFleetName,
  parseHoldSource,
  parseHostName,
  parseNarHash,
  parseRolloutId,
  parseSessionId,
  parseSystemType,
  parseUserName,
} from "../../src/contract/index.ts";
import { refusalOf } from "./refusals.ts";

interface Grammar {
  readonly what: string;
  readonly parse: (text: string) => string;
  readonly code: ErrorCode;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

/** What no name may hold: it would change a topic, a path, a command line, a log line or a screen. */
const NEVER = [
  "",
  " ",
  "+",
  "#",
  "$",
  "a+b",
  "a#",
  "a b",
  "a\n",
  "\na",
  "a\u0000",
  "ä",
  "a;b",
  "a\u202eb",
];
const SLASHED = ["a/b", "/", "/a", "a/"];
const UUID = "123e4567-e89b-42d3-a456-426614174000";

const GRAMMARS: readonly Grammar[] = [
  {
    what: "host name",
    parse: parseHostName,
    code: "invalid-host-name",
    good: ["nuc", "rp3", "x1", "a", "0", "my-host", "x".repeat(63)],
    bad: ["NUC", "Rp3", "a.b", "a_b", "x".repeat(64), "nuc.", ...SLASHED],
  },
  {
    what: "channel",
    parse: parseChannel,
    code: "invalid-name",
    good: ["main", "edge-2", "x".repeat(63)],
    bad: ["Main", "x".repeat(64), ...SLASHED],
  },
  {
    what: "fleet",
    parse: parseFleetName,
    code: "invalid-name",
    good: ["github:someone/homelab", "home", "A.b_c:d/e@f-g", "x".repeat(128)],
    bad: ["/home", ".home", "-home", "x".repeat(129)],
  },
  {
    what: "system type",
    parse: parseSystemType,
    code: "invalid-name",
    good: ["x86_64-linux", "aarch64-linux", "armv7l-linux"],
    bad: ["linux", "x86_64", "x86_64-", "-linux", "X86_64-linux", "a-b-c", ...SLASHED],
  },
  {
    what: "user name",
    parse: parseUserName,
    code: "invalid-name",
    good: ["anna", "Anna_B-9", "holder", "deployer", "x".repeat(63)],
    bad: ["hold", "deploy", "a.b", "x".repeat(64), ...SLASHED],
  },
  {
    what: "hold source",
    parse: parseHoldSource,
    code: "invalid-name",
    good: ["wall-switch", "MQTTDash", "hold", "x".repeat(63)],
    bad: ["a.b", "x".repeat(64), ...SLASHED],
  },
  {
    what: "rollout id",
    parse: parseRolloutId,
    code: "invalid-name",
    good: ["r-1", "2026-07-14.1", "x".repeat(64)],
    bad: [".r", "-r", "_r", "x".repeat(65), ...SLASHED],
  },
  {
    what: "session id",
    parse: parseSessionId,
    code: "invalid-name",
    good: [UUID, "0123abcd"],
    bad: [UUID.toUpperCase(), "0123abc", "g1234567", "a".repeat(65), ...SLASHED],
  },
  {
    what: "NAR hash",
    parse: parseNarHash,
    code: "invalid-name",
    good: [`sha256-${"A".repeat(43)}=`, `sha256-${"a+/".repeat(14)}8=`],
    bad: [
      `sha256-${"A".repeat(42)}B=`, // unused bits set
      `sha256-${"A".repeat(44)}`,
      `sha256-${"A".repeat(43)}`,
      `sha256:${"0".repeat(52)}`,
      `sha512-${"A".repeat(43)}=`,
      `SHA256-${"A".repeat(43)}=`,
    ],
  },
];

for (const { what, parse, code, good, bad } of GRAMMARS) {
  describe(`a ${what}`, () => {
    it("is read as it stands", () => {
      for (const text of good) expect(parse(text)).toBe(text);
    });

    it(`is refused as ${code}, with what was found and what is asked for`, () => {
      for (const text of [...bad, ...NEVER]) {
        const refusal = refusalOf(() => parse(text));
        expect([text, refusal.code]).toEqual([text, code]);
        expect(refusal.message).toContain(`${what} ${JSON.stringify(text.slice(0, 80))} is not `);
        expect(refusal.message).not.toContain("undefined");
      }
    });

    it("shows no more than 80 characters of what it refuses", () => {
      expect(refusalOf(() => parse("!".repeat(100_000))).message.length).toBeLessThan(300);
    });
  });
}

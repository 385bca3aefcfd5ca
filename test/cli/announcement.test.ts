import { describe, expect, test } from "vitest";
import { decideAnnouncement, openAll } from "../../src/cli/announcement.ts";
import {
  NixwaveError,
  parseChannel,
  parseHostName,
  type Release,
} from "../../src/contract/index.ts";
import {
  CI_KEY,
  DAY_MS,
  keyFrom,
  type SealedStatement,
  sealStatement,
  serialAt,
  statementOf,
  trusting,
} from "../support/contract-builders.ts";

const releaseOf = (...statements: readonly SealedStatement[]): Release => ({
  v: 1,
  statements: statements.map((one) => one.envelope),
});
const rp4 = (closure: string, serialOffsetMs: number) =>
  sealStatement(statementOf(closure, { serial: serialAt(serialOffsetMs) }));
const codeOf = (act: () => unknown): string => {
  try {
    return String(act());
  } catch (error) {
    if (error instanceof NixwaveError) return error.code;
    throw error;
  }
};

describe("announcing", () => {
  const retained = releaseOf(rp4("a", 1000));

  test("goes ahead where nothing is retained, and with a newer serial", () => {
    expect(decideAnnouncement(undefined, retained)).toBe("publish");
    expect(decideAnnouncement(retained, releaseOf(rp4("b", 1001)))).toBe("publish");
  });

  test("the same release again changes nothing", () => {
    expect(decideAnnouncement(retained, releaseOf(rp4("a", 1000)))).toBe("already-announced");
  });

  test("an older release is refused", () => {
    expect(codeOf(() => decideAnnouncement(retained, releaseOf(rp4("b", 999))))).toBe(
      "serial-not-rising",
    );
  });

  test("another content under the retained serial is refused", () => {
    expect(codeOf(() => decideAnnouncement(retained, releaseOf(rp4("b", 1000))))).toBe(
      "serial-equivocation",
    );
  });

  test("one host that goes back is enough to refuse the release", () => {
    const nuc = (serialOffsetMs: number) =>
      sealStatement(
        statementOf("n", { host: parseHostName("nuc"), serial: serialAt(serialOffsetMs) }),
      );
    const before = releaseOf(nuc(1000), rp4("a", 1000));
    const next = releaseOf(nuc(2000), rp4("a", 500));
    expect(() => decideAnnouncement(before, next)).toThrow(/rp4/);
  });

  test("a stranger's retained serial does not stand in the way of who brings keys", () => {
    const far = statementOf("z", { serial: serialAt(DAY_MS) });
    const foreign = releaseOf(sealStatement(far, keyFrom("stranger")));
    const next = releaseOf(rp4("b", 1));
    expect(decideAnnouncement(foreign, next, trusting(1, CI_KEY))).toBe("publish");
    expect(codeOf(() => decideAnnouncement(foreign, next))).toBe("serial-not-rising");
  });

  test("what is retained but readable by nobody does not stand in the way", () => {
    const junk: Release = {
      v: 1,
      statements: [{ ...rp4("a", 1).envelope, payload: Buffer.from("{}").toString("base64") }],
    };
    expect(decideAnnouncement(junk, retained)).toBe("publish");
  });
});

describe("a release to announce", () => {
  test("names its channel itself", () => {
    expect(openAll(releaseOf(rp4("a", 1))).channel).toBe("main");
  });

  test("of two channels, or of one host twice, or with an unreadable statement is refused", () => {
    const test1 = sealStatement(
      statementOf("n", { host: parseHostName("nuc"), channel: parseChannel("test") }),
    );
    expect(codeOf(() => openAll(releaseOf(rp4("a", 1), test1)))).toBe("wrong-channel");
    expect(codeOf(() => openAll(releaseOf(rp4("a", 1), rp4("b", 2))))).toBe("host-repeated");
    const [good] = releaseOf(rp4("a", 1)).statements;
    const odd = { v: 1, statements: [{ ...good, payloadType: "text/plain" }] } as Release;
    expect(codeOf(() => openAll(odd))).toBe("invalid-envelope");
  });
});

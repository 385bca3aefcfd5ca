import { describe, expect, test } from "vitest";
import { isAccepted, reportRelease } from "../../src/cli/release-report.ts";
import { renderChanges, renderReport, reportAsJson } from "../../src/cli/render-release.ts";
import { dateText, distanceText, tableText } from "../../src/cli/words.ts";
import {
  parseChannel,
  parseFleetName,
  parseHostName,
  type Release,
} from "../../src/contract/index.ts";
import {
  at,
  CHANNEL,
  CI_KEY,
  DAY_MS,
  FLEET,
  HOUR_MS,
  keyFrom,
  MINUTE_MS,
  NOON,
  type SealedStatement,
  sealStatement,
  statementOf,
  trusting,
} from "../support/contract-builders.ts";

const plain = (_tone: unknown, text: string): string => text;
const releaseOf = (...statements: readonly SealedStatement[]): Release => ({
  v: 1,
  statements: statements.map((one) => one.envelope),
});
const NUC = statementOf("n", { host: parseHostName("nuc") });
const GOOD = releaseOf(sealStatement(NUC), sealStatement(statementOf("r")));
const EXPECTED = { keys: trusting(1, CI_KEY), fleet: FLEET, channel: CHANNEL };
const codes = (release: Release, expected = EXPECTED, now = NOON) =>
  reportRelease(release, expected, now).hosts.map(({ verdict }) =>
    verdict.kind === "refused" ? verdict.code : verdict.kind,
  );

describe("a report of a release", () => {
  test("says host by host what it is and that the keys accept it", () => {
    const report = reportRelease(GOOD, EXPECTED, NOON);
    expect(isAccepted(report)).toBe(true);
    const lines = renderReport("releases/main", report, NOON, plain).split("\n");
    expect(lines[0]).toBe(`releases/main: 2 hosts, fleet ${FLEET}, channel main`);
    expect(lines[2]).toMatch(
      /^nuc +aarch64-linux +nixos-system-rp4-26\.05 \([0-9a-z]{8}\) +\S{8} +2026-07-14T12:00:00\.000Z +in 90 days +ci-1 +accepted +nixpkgs bump$/,
    );
  });

  test("gives each refusal its own code and does not take the other hosts with it", () => {
    const stranger = sealStatement(NUC, keyFrom("stranger"));
    const old = sealStatement({ ...NUC, expires: at(-1) });
    const elsewhere = sealStatement({ ...NUC, fleet: parseFleetName("away") });
    const branch = sealStatement({ ...NUC, channel: parseChannel("test") });
    const rp4 = sealStatement(statementOf("r"));
    expect(codes(releaseOf(stranger, rp4))).toEqual(["signature-invalid", "accepted"]);
    expect(codes(releaseOf(old, rp4))).toEqual(["statement-expired", "accepted"]);
    expect(codes(releaseOf(elsewhere, rp4))).toEqual(["wrong-fleet", "accepted"]);
    expect(codes(releaseOf(branch, rp4))).toEqual(["wrong-channel", "accepted"]);
    expect(codes(releaseOf(rp4, rp4))).toEqual(["host-repeated", "host-repeated"]);
  });

  test("without keys claims nothing", () => {
    const report = reportRelease(GOOD, { ...EXPECTED, keys: undefined, fleet: undefined }, NOON);
    expect(isAccepted(report)).toBe(false);
    const text = renderReport("r.json", report, NOON, plain);
    expect(text).toContain("(not checked: no --fleet)");
    expect(text).not.toContain("accepted");
  });

  test("names the fleet that the release says, also where another was expected", () => {
    const report = reportRelease(GOOD, { ...EXPECTED, fleet: parseFleetName("hoem") }, NOON);
    expect(report.fleet).toBe(FLEET);
    expect(report.hosts.map(({ verdict }) => verdict.kind)).toEqual(["refused", "refused"]);
  });

  test("shows a fleet it was not told from the release, so that a mixed one is refused", () => {
    const elsewhere = sealStatement({ ...NUC, fleet: parseFleetName("away") });
    const mixed = releaseOf(sealStatement(statementOf("r")), elsewhere);
    const report = reportRelease(mixed, { ...EXPECTED, fleet: undefined }, NOON);
    expect(report.hosts.map(({ verdict }) => verdict.kind)).toEqual(["accepted", "refused"]);
  });

  test("cannot be forged by a key id, and shows what it cannot read as ?", () => {
    const [first] = GOOD.statements;
    const forged = {
      v: 1,
      statements: [
        ...GOOD.statements,
        {
          ...first,
          payload: "e30=",
          signatures: [{ sig: `${"A".repeat(86)}==`, keyid: "ci-1  accepted" }],
        },
      ],
    } as Release;
    const text = renderReport("r", reportRelease(forged, EXPECTED, NOON), NOON, plain);
    expect(text).toMatch(/^\? .* ci-1\?\?accepted +signature-invalid$/m);
  });

  test("is the same for programs", () => {
    const json = JSON.parse(reportAsJson("r.json", reportRelease(GOOD, EXPECTED, NOON))) as {
      hosts: { host: string; verdict: string; signers: string[] }[];
    };
    expect(json.hosts.map(({ host, verdict, signers }) => [host, verdict, signers])).toEqual([
      ["nuc", "accepted", ["ci-1"]],
      ["rp4", "accepted", ["ci-1"]],
    ]);
  });
});

describe("what a release changes", () => {
  test("is said host by host, and a refresh by its name", () => {
    const statement = statementOf("r");
    const host = statement.host;
    const changed = renderChanges([{ host, change: "changed", statement }], plain);
    expect(changed).toMatch(
      /^ {2}rp4 {2}changed {2}nixos-system-rp4-26\.05 \(.{8}\)\n1 changed\n$/,
    );
    const refreshed = renderChanges([{ host, change: "refreshed", statement }], plain);
    expect(refreshed).toContain("refresh: no closure changes");
    const dropped = renderChanges([{ host, change: "dropped", statement }], plain);
    expect(dropped).toContain("no longer named, stays as it is");
  });
});

describe("words", () => {
  test.each([
    [90 * DAY_MS, "in 90 days"],
    [90 * DAY_MS - 700, "in 90 days"],
    [DAY_MS, "in 1 day"],
    [-3 * HOUR_MS, "3 hours ago"],
    [10 * MINUTE_MS, "in 10 minutes"],
    [0, "in 0 seconds"],
  ])("%d ms from now is %s", (offsetMs, words) => {
    expect(distanceText(NOON + offsetMs, NOON)).toBe(words);
  });

  test("a serial that no calendar holds is shown as a number", () => {
    expect(dateText(Number.MAX_SAFE_INTEGER)).toBe("9007199254740991 ms");
  });

  test("columns line up, also beside characters outside the basic plane", () => {
    const rows = tableText([
      ["a", "b", "c"],
      ["🏠🏠", "longer", "c"],
    ]);
    expect(rows.map((row) => [...row.slice(0, 2).join("")].length)).toEqual([12, 12]);
  });
});

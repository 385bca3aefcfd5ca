import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseOptions, UsageError } from "../../tools/test-options.ts";
import { type Outcome, type ProjectResult, summarise, totals } from "../../tools/test-summary.ts";
import { countReport, type Report } from "../../tools/vitest-report.ts";

const file = (name: string, status: string, ...statuses: string[]) => ({
  name,
  status,
  assertionResults: statuses.map((each) => ({ status: each })),
});

const report = (...testResults: Report["testResults"]): Report => ({
  numPassedTests: testResults
    .flatMap((each) => each.assertionResults)
    .filter(({ status }) => status === "passed").length,
  testResults,
});

describe("the command line of npm test", () => {
  it("runs unit and system, and the deep project only when asked", () => {
    expect(parseOptions([], {}).projects).toEqual(["unit", "system"]);
    expect(parseOptions(["--deep"], {}).projects).toEqual(["unit", "system", "deep"]);
    expect(parseOptions(["--deep", "--only", "deep"], {}).projects).toEqual(["deep"]);
  });

  it.each([
    [["--depe"], {}, "--depe is not understood"],
    [["--only"], {}, "--only is not understood, or lacks its value"],
    [["--only", "fast"], {}, "the projects are unit, system, deep"],
    [["--seconds", "-3"], {}, "--seconds is not understood"],
    [["--seconds", "1e3"], {}, "a whole number of seconds"],
    [["test/bus"], {}, "npx vitest run --project unit FILE"],
    [[], { NIXWAVE_NO_INSTALL: "yes" }, "NIXWAVE_NO_INSTALL=yes: the value is 1"],
  ])("refuses %j with %j and says what is meant", (argv, env, message) => {
    expect(() => parseOptions(argv, env)).toThrow(UsageError);
    expect(() => parseOptions(argv, env)).toThrow(message);
  });

  it("takes the word of a CI system by any value but a plain no", () => {
    expect(parseOptions([], { CI: "true" }).ci).toBe(true);
    expect(parseOptions([], { CI: "woodpecker" }).ci).toBe(true);
    expect([undefined, "", "0", "false"].map((CI) => parseOptions([], { CI }).ci)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("explains itself with --help and ends a wrong call with a hint, with no terminal and no input", () => {
    const run = (flag: string) =>
      spawnSync(process.execPath, [resolve("tools/test.ts"), flag], {
        stdio: ["ignore", "pipe", "pipe"],
        encoding: "utf8",
      });
    expect(run("--help")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("--seconds"),
    });
    expect(run("--halp")).toMatchObject({
      status: 2,
      stdout: "",
      stderr: "--halp is not understood, or lacks its value\nSee npm test -- --help\n",
    });
  });
});

describe("the counts of a project", () => {
  it("are those of its tests", () => {
    const counts = countReport(
      report(file("a", "failed", "passed", "failed"), file("b", "passed", "passed", "skipped")),
      false,
    );
    expect(counts).toMatchObject({ passed: 2, failed: 1, skipped: [{ file: "b", tests: 1 }] });
  });

  it("name what failed and the first line of why, a file that broke by itself too", () => {
    const [failed] = report(file("a", "failed", "failed")).testResults;
    const told = { status: "failed", fullName: "a gate waits", failureMessages: ["1 != 2\n at x"] };
    const { failures } = countReport(
      report(
        { ...file("a", "failed"), ...failed, assertionResults: [told] },
        { ...file("b", "failed"), message: "no such import\n" },
      ),
      false,
    );
    expect(failures).toEqual([
      { file: "a", test: "a gate waits", why: "1 != 2" },
      { file: "b", test: "", why: "no such import" },
    ]);
  });

  it("have a failure for each file that broke before its first test", () => {
    expect(countReport(report(file("a", "failed"), file("b", "failed")), false).failed).toBe(2);
  });

  it("have a failure when vitest ended badly although every test passed", () => {
    expect(countReport(report(file("a", "passed", "passed")), false)).toMatchObject({
      passed: 1,
      failed: 1,
    });
  });

  it("have a failure when no test ran, and when there is no report", () => {
    expect(countReport(report(), true).failed).toBe(1);
    expect(countReport(undefined, true).failed).toBe(1);
  });
});

describe("the summary", () => {
  const unit: ProjectResult = {
    project: "unit",
    passed: 3,
    failed: 0,
    skipped: [],
    failures: [],
    seconds: 1.24,
  };
  const outcome: Outcome = {
    results: [unit, { ...unit, project: "system", passed: 2, failed: 1 }],
    missing: [],
    whyMissing: "",
    ci: false,
    leftOut: [],
  };
  const plain = (_colour: string, text: string): string => text;
  const lines = (of: Outcome): string[] => summarise(of, plain).trimEnd().split("\n");

  it("ends with the sum over the projects", () => {
    expect(lines(outcome).at(-1)).toBe("5 passed, 1 failed");
  });

  it("names each project with its counts", () => {
    expect(lines(outcome)).toContain("  unit    3 passed, 1.2 s");
    expect(lines(outcome)).toContain("  system  2 passed, 1 failed, 1.2 s");
  });

  it("repeats by name what failed, just before the sum", () => {
    const failures = [
      { file: "test/gate/a.test.ts", test: "a gate waits", why: "1 != 2" },
      { file: "test/gate/b.test.ts", test: "", why: "" },
    ];
    const text = lines({ ...outcome, results: [{ ...unit, failed: 2, failures }] });
    expect(text.slice(-5)).toEqual([
      "Failed",
      "✗ test/gate/a.test.ts: a gate waits",
      "    1 != 2",
      "✗ test/gate/b.test.ts",
      "3 passed, 2 failed",
    ]);
  });

  it("says what did not run and why", () => {
    const text = lines({
      ...outcome,
      results: [{ ...unit, skipped: [{ file: "test/system/nats.test.ts", tests: 2 }] }],
      missing: ["nats-server"],
      whyMissing: "only root may install packages",
      leftOut: ["deep: not asked for"],
    }).join("\n");
    expect(text).toContain("nats-server is missing: the smoke suite");
    expect(text).toContain(
      "not installed: only root may install packages. Get it: `apt-get install nats-server`",
    );
    expect(text).toContain("test/system/nats.test.ts: 2 tests skipped");
    expect(text).toContain("deep: not asked for");
  });

  it("counts a missing part as a failure under CI, and only there", () => {
    const lacking: Outcome = { ...outcome, results: [unit], missing: ["nix", "mosquitto"] };
    expect(totals(lacking)).toEqual({ passed: 3, failed: 0 });
    expect(totals({ ...lacking, ci: true })).toEqual({ passed: 3, failed: 2 });
    expect(lines({ ...lacking, ci: true })).toContain("CI: 2 missing parts failed this run");
  });
});

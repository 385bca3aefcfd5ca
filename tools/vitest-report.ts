/** What the summary needs of vitest's JSON report. */
export interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Why the file broke before its first test. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName?: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

export interface Skipped {
  readonly file: string;
  readonly tests: number;
}

/** One failed test, or a file that broke before its first test. */
export interface Failure {
  readonly file: string;
  readonly test: string;
  /** The first line of why. */
  readonly why: string;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly Skipped[];
  readonly failures: readonly Failure[];
}

const firstLine = (text = ""): string => text.trim().split("\n", 1)[0] ?? "";

const namedFailures = (file: Report["testResults"][number]): Failure[] => {
  const failed = file.assertionResults.filter(({ status }) => status === "failed");
  if (failed.length === 0 && file.status === "failed") {
    return [{ file: file.name, test: "", why: firstLine(file.message) }];
  }
  return failed.map(({ fullName = "", failureMessages = [] }) => ({
    ...{ file: file.name, test: fullName, why: firstLine(failureMessages[0]) },
  }));
};

const countOf = (file: Report["testResults"][number], ...statuses: string[]): number =>
  file.assertionResults.filter((test) => statuses.includes(test.status)).length;

/** A file that fails before its first test counts as one failure: vitest's own test counts leave it out. */
const failuresOf = (file: Report["testResults"][number]): number =>
  file.status === "failed" ? Math.max(1, countOf(file, "failed")) : countOf(file, "failed");

/**
 * Counts of one vitest run. A run that ended badly without a failed test (a crash, an unhandled error, no
 * report) or that ran nothing at all is a failure too.
 */
export const countReport = (report: Report | undefined, exitedWell: boolean): Counts => {
  if (report === undefined) {
    return { passed: 0, failed: 1, skipped: [], failures: [] };
  }
  const failed = report.testResults.reduce((sum, file) => sum + failuresOf(file), 0);
  const skipped = report.testResults
    .map((file) => ({ file: file.name, tests: countOf(file, "skipped", "pending", "todo") }))
    .filter(({ tests }) => tests > 0);
  const ranSomething = report.numPassedTests + failed + skipped.length > 0;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !(exitedWell && ranSomething) ? 1 : failed,
    skipped,
    failures: report.testResults.flatMap(namedFailures),
  };
};

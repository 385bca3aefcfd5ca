import { type PartName, SYSTEM_PARTS, wayToGet } from "./system-parts.ts";
import type { Project } from "./test-options.ts";
import type { Counts } from "./vitest-report.ts";

export interface ProjectResult extends Counts {
  readonly project: Project;
  readonly seconds: number;
}

export interface Outcome {
  readonly results: readonly ProjectResult[];
  readonly missing: readonly PartName[];
  readonly whyMissing: string;
  readonly ci: boolean;
  /** Further things that did not run, each a whole sentence. */
  readonly leftOut: readonly string[];
}

export type Paint = (colour: "green" | "red" | "yellow" | "bold", text: string) => string;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const projectLine = (result: ProjectResult, paint: Paint): string => {
  const skipped = result.skipped.reduce((sum, { tests }) => sum + tests, 0);
  const parts = [
    paint("green", `${result.passed} passed`),
    ...(result.failed > 0 ? [paint("red", `${result.failed} failed`)] : []),
    ...(skipped > 0 ? [paint("yellow", `${skipped} not run`)] : []),
    `${result.seconds.toFixed(1)} s`,
  ];
  return `  ${result.project.padEnd(7)} ${parts.join(", ")}`;
};

const notRunLines = (outcome: Outcome): string[] => [
  ...outcome.missing.map((part) => `${part} is missing: ${SYSTEM_PARTS[part].usedFor}`),
  ...(outcome.missing.length > 0
    ? [`  not installed: ${outcome.whyMissing}. Get it: ${wayToGet(outcome.missing)}`]
    : []),
  ...outcome.results
    .flatMap((result) => result.skipped)
    .map(({ file, tests }) => `${file}: ${plural(tests, "test")} skipped`),
  ...outcome.leftOut,
];

/** Again at the end, where a long log is read first; `.ci/run` looks for the mark. */
const failureLines = ({ results }: Outcome): string[] =>
  results
    .flatMap(({ failures }) => failures)
    .flatMap(({ file, test, why }) => [
      `✗ ${file}${test === "" ? "" : `: ${test}`}`,
      ...(why === "" ? [] : [`    ${why}`]),
    ]);

/** Under CI a missing part is itself a failure, whether or not a test asked for it. */
export const totals = ({ results, missing, ci }: Outcome): { passed: number; failed: number } => ({
  passed: results.reduce((sum, { passed }) => sum + passed, 0),
  failed: results.reduce((sum, { failed }) => sum + failed, 0) + (ci ? missing.length : 0),
});

/** The text after the tests; its last line is `N passed, N failed`. */
export const summarise = (outcome: Outcome, paint: Paint): string => {
  const { passed, failed } = totals(outcome);
  const notRun = notRunLines(outcome);
  const broken = failureLines(outcome);
  return [
    "",
    paint("bold", "Ran"),
    ...outcome.results.map((result) => projectLine(result, paint)),
    ...(notRun.length > 0
      ? [paint("bold", "Did not run"), ...notRun.map((line) => paint("yellow", `  ${line}`))]
      : []),
    ...(broken.length > 0
      ? [paint("bold", "Failed"), ...broken.map((line) => paint("red", line))]
      : []),
    ...(outcome.ci && outcome.missing.length > 0
      ? [paint("red", `CI: ${plural(outcome.missing.length, "missing part")} failed this run`)]
      : []),
    paint(failed > 0 ? "red" : "green", `${passed} passed, ${failed} failed`),
    "",
  ].join("\n");
};

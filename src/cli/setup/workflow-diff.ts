import type { FleetName } from "../../contract/index.ts";

/** A workflow of the home's repository. */
export interface Workflow {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

const CACHIX_DEPLOY = /\bcachix\s+deploy\s+activate\b/;
const ITEM = /^(\s*)- /;
const CONTEXT_LINES = 3;

/** The one step that CI needs, indented as its place asks. Inputs: action.yml. */
const stepLines = (fleet: FleetName, indent: string): readonly string[] =>
  [
    "- uses: OWNER/nixwave@main # where you have Nixwave from",
    "  with:",
    "    spec: result",
    `    fleet: ${fleet.includes(":") ? JSON.stringify(fleet) : fleet}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's own placeholder
    "    key: ${{ secrets.NIXWAVE_SIGNING_KEY }}",
  ].map((line) => `${indent}${line}`);

/**
 * What to change in the workflow that deploys with Cachix today: a unified diff which adds Nixwave's step behind it,
 * because both run side by side until every host is active. Without such a workflow: the step alone.
 */
export function workflowDiff(workflows: readonly Workflow[], fleet: FleetName): string {
  for (const { file, text } of workflows) {
    const lines = text.split("\n");
    const at = lines.findIndex((line) => CACHIX_DEPLOY.test(line) && !/^\s*#/.test(line));
    const step = at < 0 ? null : stepAround(lines, at);
    if (step) return diffOf(file, lines, step, fleet);
  }
  return [
    "# the last step of the job that builds; the job needs `permissions: contents: write`",
    ...stepLines(fleet, "      "),
    "",
  ].join("\n");
}

interface Step {
  readonly indent: string;
  /** Index of the first line behind it. */
  readonly end: number;
}

/** The item of the list `steps` to which a line belongs; comments and empty lines behind it are not its own. */
function stepAround(lines: readonly string[], at: number): Step | null {
  let start = at;
  while (start >= 0 && !ITEM.test(lines[start] ?? "")) start -= 1;
  const indent = ITEM.exec(lines[start] ?? "")?.[1];
  if (indent === undefined) return null;
  let end = at + 1;
  const isInside = (line: string | undefined): boolean =>
    line !== undefined && line.trim() !== "" && line.startsWith(`${indent} `);
  while (isInside(lines[end])) end += 1;
  return { indent, end };
}

function diffOf(file: string, lines: readonly string[], step: Step, fleet: FleetName): string {
  const from = Math.max(0, step.end - CONTEXT_LINES);
  const isLast = step.end >= lines.length || (step.end === lines.length - 1 && lines.at(-1) === "");
  const before = lines.slice(from, step.end);
  const after = isLast ? [] : lines.slice(step.end, step.end + CONTEXT_LINES);
  if (after.at(-1) === "" && step.end + after.length === lines.length) after.pop();
  const added = stepLines(fleet, step.indent);
  const old = before.length + after.length;
  return [
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -${from + 1},${old} +${from + 1},${old + added.length} @@`,
    ...before.map((line) => ` ${line}`),
    ...added.map((line) => `+${line}`),
    ...after.map((line) => ` ${line}`),
    "# and `contents: write` under `permissions:` of that job",
    "",
  ].join("\n");
}

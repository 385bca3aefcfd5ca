import type { FleetName } from "../../contract/index.ts";
import { type Edit, linesOf, unifiedDiff } from "./unified-diff.ts";

/** A workflow of the home's repository. */
export interface Workflow {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

const CACHIX_DEPLOY = /\bcachix\s+deploy\s+activate\b/;
const ITEM = /^(\s*)- /;

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
 * because both run side by side until every host is active, lets its job write the release, and runs one at a time. Without such a
 * workflow: the step alone.
 */
export function workflowDiff(workflows: readonly Workflow[], fleet: FleetName): string {
  if (workflows.some(({ text }) => /^\s*(?:- )?uses: \S+\/nixwave@/m.test(text))) return "";
  for (const { file, text } of workflows) {
    const lines = linesOf(text);
    const at = lines.findIndex((line) => CACHIX_DEPLOY.test(line) && !/^\s*#/.test(line));
    const step = at < 0 ? null : stepAround(lines, at);
    if (!step) continue;
    const added: Edit = { at: step.end, removed: 0, added: stepLines(fleet, step.indent) };
    const permission = permissionEdit(lines, at);
    const granting = permission === null || permission === "granted" ? [] : [permission];
    const edits = [...granting, ...oneAtATime(lines), added].toSorted(
      (one, other) => one.at - other.at,
    );
    return `${unifiedDiff(file, text, edits)}${permission === null ? PERMISSION_REMARK : ""}`;
  }
  return [
    "# the last step of the job that builds; the job needs `permissions: contents: write`, the workflow `concurrency: deploy`",
    ...stepLines(fleet, "      "),
    "",
  ].join("\n");
}

const PERMISSION_REMARK = "# and `contents: write` under `permissions:` of that job\n";

/** Of two runs at once the older commit could be signed last. */
function oneAtATime(lines: readonly string[]): readonly Edit[] {
  const at = lines.findIndex((line) => /^jobs:/.test(line));
  if (at < 0 || lines.some((line) => /^\s*concurrency:/.test(line))) return [];
  const added = ["concurrency: deploy # of two releases the one that is pushed last wins"];
  return [{ at, removed: 0, added }];
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

/** Where the job of a step is allowed to write; null where it is written in a way that is not known here. */
function permissionEdit(lines: readonly string[], at: number): Edit | "granted" | null {
  let steps = at;
  while (steps >= 0 && !/^\s+steps:\s*$/.test(lines[steps] ?? "")) steps -= 1;
  const indent = /^\s+/.exec(lines[steps] ?? "")?.[0];
  if (steps < 0 || indent === undefined) return null;
  let job = steps;
  while (job > 0 && (lines[job - 1] ?? "").startsWith(indent)) job -= 1;
  const ofJob = lines.findIndex(
    (line, index) => index >= job && index < steps && line.startsWith(`${indent}permissions:`),
  );
  const ofAll = lines.findIndex((line) => line.startsWith("permissions:"));
  if (ofJob >= 0) return grantedAt(lines, ofJob, indent);
  if (ofAll >= 0) return grantedAt(lines, ofAll, "");
  // A job with `permissions` has these alone; what else it needs stands in its other steps.
  return {
    at: steps,
    removed: 0,
    added: [`${indent}permissions:`, `${indent}  contents: write # for the release; nothing else`],
  };
}

function grantedAt(lines: readonly string[], at: number, indent: string): Edit | "granted" | null {
  const said = (lines[at] ?? "").slice(indent.length + "permissions:".length).replace(/#.*$/, "");
  if (said.trim() === "write-all") return "granted";
  if (said.trim() !== "") return null;
  let end = at + 1;
  while ((lines[end] ?? "").startsWith(`${indent} `)) end += 1;
  const contents = lines.findIndex(
    (line, index) => index > at && index < end && /^\s+contents:/.test(line),
  );
  const before = /^\s*/.exec(lines[at + 1] ?? "")?.[0] || `${indent}  `;
  if (contents < 0) return { at: at + 1, removed: 0, added: [`${before}contents: write`] };
  const line = lines[contents] ?? "";
  if (/contents:\s*write\b/.test(line)) return "granted";
  const granted = line.replace(/contents:\s*\w+/, "contents: write");
  return granted === line ? null : { at: contents, removed: 1, added: [granted] };
}

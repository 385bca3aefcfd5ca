import {
  type EpochMs,
  type HostReport,
  type Journal,
  type StorePath,
  storePathName,
  type Trial,
} from "../../src/contract/index.ts";

export interface StatusInput {
  readonly report: HostReport;
  /** trial.v1; null without a trial, and for those who may not read it. */
  readonly trial: Trial | null;
  /** Of this boot, suspend counted. */
  readonly bootMs: number;
}

const PHASES: Readonly<Record<HostReport["phase"], string>> = {
  idle: "at rest",
  staging: "downloads and checks a new system",
  staged: "has a new system ready and waits for its turn",
  activating: "is trying a new system",
  rebooting: "is about to boot into a new system",
  "in-trial": "runs a new system on trial",
  committing: "keeps the new system",
  reverting: "goes back to what ran before",
  locked: "LOCKED: a person must look (nixwave-agent unlock)",
};

/** What `nixwave-agent status` prints: facts first, then the attempt, then what it waits for. Pure. */
export function statusText({ report, trial, bootMs }: StatusInput): string {
  const { waiting, outcome, refusal } = report;
  return lines([
    `${report.host} ${PHASES[report.phase]}${report.mode === "observe" ? " (observes only)" : ""}`,
    `  runs     ${nameOf(report.current)}`,
    `  boots    ${nameOf(report.profile)}${report.profile === report.current ? " (the same)" : ""}`,
    report.target !== null && report.phase !== "idle" && `  target   ${nameOf(report.target)}`,
    trial?.phase === "in-trial" && `  lease    ${leftText(trial.deadlineMs - bootMs)}`,
    waiting && `  waits    ${waiting.code}: ${waiting.message}${untilText(waiting.until)}`,
    report.rebootRequired && `  reboot   needed: ${(report.rebootReasons ?? []).join(", ")}`,
    (report.drift ?? []).length > 0 && `  drift    changed by hand: ${report.drift?.join(", ")}`,
    report.clock === "unsynchronised" && "  clock    not synchronised: nothing new starts",
    ...(report.probes ?? []).map(
      ({ name, state, message }) => `  probe    ${name}: ${state}, ${message}`,
    ),
    ...summaryLines(report),
    outcome &&
      `  last     ${outcome.code}${outcome.reason ? `, ${outcome.reason}` : ""}${said(outcome.message)}`,
    refusal && `  refused  ${refusal.code}${said(refusal.message)}`,
  ]);
}

function summaryLines({ summary, phase }: HostReport): readonly (string | false)[] {
  if (!summary || phase === "idle") return [];
  const units = [...summary.stop, ...summary.restart, ...summary.start, ...summary.reload];
  const more = summary.packagesTotal - summary.packages.length;
  return [
    `  changes  ${summary.packagesTotal} packages, ${summary.unitsTotal} units`,
    ...summary.packages.map((line) => `           ${line}`),
    more > 0 && `           and ${more} more`,
    units.length > 0 && `  units    ${units.join(", ")}`,
  ];
}

const lines = (parts: readonly (string | false | null | undefined)[]): string =>
  parts
    .filter((line): line is string => typeof line === "string")
    .map((line) => `${line}\n`)
    .join("");

const said = (message: string): string => (message === "" ? "" : `: ${message}`);

const nameOf = (path: StorePath | null): string =>
  path === null ? "nothing known" : `${storePathName(path)}  ${path}`;

function leftText(leftMs: number): string {
  if (leftMs <= 0) return "over: the host goes back";
  const seconds = Math.ceil(leftMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s left, then the host goes back by itself`;
}

const untilText = (until: EpochMs | null): string =>
  until === null ? "" : `, until ${new Date(until).toISOString()}`;

/** What `nixwave-agent history` prints, newest first. Pure. */
export function historyText({ history = [] }: Journal): string {
  if (history.length === 0) return "nothing has ended here yet\n";
  const rows = history.toReversed().map(({ at, outcome, storePath, title = "" }) => {
    const end = `${outcome.code}${outcome.reason ? `, ${outcome.reason}` : ""}`;
    return `${new Date(at).toISOString()}  ${end}  ${storePathName(storePath)}  ${title}`.trimEnd();
  });
  return lines(rows);
}

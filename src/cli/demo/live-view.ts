import { createLogUpdate } from "log-update";
import type { HostName, Progress, Reported } from "../../contract/index.ts";
import type { Paint } from "../paint.ts";
import type { HomeSight } from "./home-sight.ts";

/** What one frame shows. */
export interface Frame {
  readonly seconds: number;
  readonly heading: string;
  readonly sight: HomeSight;
  readonly hosts: readonly HostName[];
  /** The number of the release with this path; null: none of the demo's. */
  readonly releaseOf: (storePath: string) => number | null;
  /** The bedroom's last readings, the newest last, in degrees Celsius. */
  readonly bedroom: readonly number[];
  readonly lines: readonly string[];
  readonly keys: string;
  readonly columns: number;
}

const BAR = 20;
const SPARKS = "▁▂▃▄▅▆▇█";
const [COLDEST, WARMEST] = [14, 21];

/** The whole picture, line by line. Pure. */
export function drawFrame(frame: Frame, paint: Paint): string {
  const { sight, hosts, bedroom, lines, keys, columns } = frame;
  const clock = `${Math.floor(frame.seconds / 60)}:${String(Math.floor(frame.seconds % 60)).padStart(2, "0")}`;
  const now = bedroom.at(-1);
  const tone = now !== undefined && now < 18 ? "error" : "good";
  return [
    `${paint("strong", "nixwave demo")}  ${frame.heading}  ${paint("quiet", clock)}`,
    "",
    `rollout  ${rolloutLine(sight, paint)}`,
    `bedroom  ${now === undefined ? "..." : paint(tone, `${now.toFixed(1)} °C`)}  ${sparkline(bedroom)}  ${paint("quiet", "gate: above 18 °C")}`,
    "",
    ...hosts.map((host) => hostLine(host, frame, paint)),
    "",
    ...lines.map((line) => paint("quiet", line)),
    "",
    paint("strong", keys),
  ]
    .map((line) => cut(line, columns))
    .join("\n");
}

function rolloutLine({ status, holds }: HomeSight, paint: Paint): string {
  if (!status) return "waiting for a release";
  const state = status.completion ?? status.phase;
  const paused = status.paused.map(({ condition }) => condition).join(", ");
  const held = holds.size > 0 ? paint("warn", `  held by ${[...holds].join(", ")}`) : "";
  const title = status.title ?? "";
  return `${title}: ${state}${paused ? paint("warn", ` (waits: ${paused})`) : ""}${held}`;
}

function hostLine(host: HostName, { sight, releaseOf }: Frame, paint: Paint): string {
  const report = sight.reports.get(host);
  const isOnline = sight.online.has(host);
  const dot = isOnline ? paint("good", "●") : paint("quiet", "○");
  const name = host.padEnd(4);
  if (!report) return `${dot} ${name} ${paint("quiet", isOnline ? "here" : "away")}`;
  const runs = releaseOf(report.current ?? "");
  const running = `runs ${runs === null ? "?" : runs}`.padEnd(7);
  const doing = isOnline
    ? doingOf(report, sight.progress.get(host), paint)
    : paint("quiet", "away");
  return `${dot} ${name} ${running} ${doing}`;
}

function doingOf(report: Reported, progress: Progress | undefined, paint: Paint): string {
  if (report.phase === "idle") return endOf(report, paint);
  const percent = report.phase === "staging" ? (progress?.percent ?? 0) : PERCENT[report.phase];
  return `${bar(percent ?? 0)} ${paint("warn", report.phase)}`;
}

/** How far a step is; the lengths of its parts are not alike. */
const PERCENT: Partial<Record<Reported["phase"], number>> = {
  staged: 25,
  activating: 50,
  "in-trial": 75,
  committing: 90,
  reverting: 50,
};

function endOf({ outcome }: Reported, paint: Paint): string {
  if (!outcome) return "";
  const isGood = outcome.code === "succeeded" || outcome.code === "already-installed";
  return paint(isGood ? "good" : "error", outcome.code);
}

const bar = (percent: number): string => {
  const full = Math.round((percent / 100) * BAR);
  return "█".repeat(full) + "░".repeat(BAR - full);
};

const sparkline = (readings: readonly number[]): string =>
  readings
    .map((one) => {
      const share = (one - COLDEST) / (WARMEST - COLDEST);
      const step = Math.round(Math.min(1, Math.max(0, share)) * (SPARKS.length - 1));
      return SPARKS.charAt(step);
    })
    .join("");

const SGR = new RegExp(`(${"\\u001b"}\\[[0-9;]*m)`);

/** Longer lines would wrap and tear the picture; colours take no room. */
function cut(line: string, columns: number): string {
  let room = columns;
  return line
    .split(SGR)
    .map((part) => {
      if (SGR.test(part)) return part;
      const shown = part.slice(0, Math.max(0, room));
      room -= part.length;
      return shown;
    })
    .join("");
}

/** A picture that is drawn over itself. */
export function openScreen(stdout: NodeJS.WritableStream) {
  const update = createLogUpdate(stdout as NodeJS.WriteStream, { showCursor: false });
  return { draw: (picture: string) => update(picture), done: () => update.done() };
}

import { stripVTControlCharacters } from "node:util";
import type { HostName, Progress, Reported } from "../../contract/index.ts";
import { whyText, wordFor } from "../../people/index.ts";
import { readReason } from "../../rollout/index.ts";
import type { Paint } from "../paint.ts";
import type { HomeSight } from "./home-sight.ts";

/** What one frame shows. */
export interface Frame {
  readonly seconds: number;
  readonly heading: string;
  readonly sight: HomeSight;
  readonly hosts: readonly HostName[];
  /** Every host's line says so then. */
  readonly isSimulated: boolean;
  /** The number of the release with this path; null: none of the demo's. */
  readonly releaseOf: (storePath: string) => number | null;
  /** The bedroom's last readings, the newest last, in degrees Celsius. */
  readonly bedroom: readonly number[];
  /** What was said last, coloured already. */
  readonly lines: readonly string[];
  readonly keys: string;
  readonly editorUrl: string;
  readonly columns: number;
}

const BAR = 20;
const SPARKS = "▁▂▃▄▅▆▇█";
const [COLDEST, WARMEST] = [14, 21];
/** As the demo's flow has it (demo-flow.ts). */
const LIMIT = 18;

/** The whole picture, line by line, none wider than the terminal. Pure. */
export function drawFrame(frame: Frame, paint: Paint): string {
  const { heading, sight, hosts, lines, keys, columns } = frame;
  return [
    `${paint("strong", "nixwave demo")}  ${paint("quiet", clock(frame.seconds))}  ${paint("strong", heading)}`,
    "",
    `  rollout   ${rolloutLine(sight, paint)}`,
    `  bedroom   ${bedroomLine(frame, paint)}`,
    "",
    ...hosts.map((host) => hostLine(host, frame, paint)),
    "",
    ...lines,
    "",
    `${paint("quiet", "Node-RED")}  ${frame.editorUrl}`,
    keysLine(keys, paint),
  ]
    .map((line) => cut(line, columns))
    .join("\n");
}

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** "g good release": the key stands out. */
const keysLine = (keys: string, paint: Paint): string =>
  keys.replace(/(^| {3})(\w)(?= )/g, (_all, before: string, key: string) => {
    return `${before}${paint("strong", key)}`;
  });

function bedroomLine({ bedroom }: Frame, paint: Paint): string {
  const now = bedroom.at(-1);
  if (now === undefined) return paint("quiet", "no reading yet");
  const isCold = now < LIMIT;
  const tone = isCold ? "error" : "good";
  const gate = isCold ? paint("error", "too cold") : paint("quiet", "warm enough");
  return `${paint(tone, `${now.toFixed(1)} °C`)}  ${paint(tone, sparkline(bedroom))}  ${gate}${paint("quiet", `, the gate wants more than ${LIMIT} °C`)}`;
}

function rolloutLine({ status, holds }: HomeSight, paint: Paint): string {
  if (!status) return paint("quiet", "waits for a release");
  const held = holds.size > 0 ? paint("warn", `, held by ${[...holds].join(", ")}`) : "";
  const title = status.title ?? "the last release";
  const [first] = status.paused;
  if (status.completion !== null) {
    const isGood = /Promoted$/.test(status.completion);
    const end = wordFor("completion", status.completion, "en");
    return `${title}: ${paint(isGood ? "good" : "error", end)}${held}`;
  }
  if (!first) return `${title}: ${paint("warn", wordFor("phase", status.phase, "en"))}${held}`;
  const why = whyText(readReason(first.why), "en");
  const isFailure = first.condition === "HostFailure";
  return `${title}: ${isFailure ? paint("error", `stopped, ${why}`) : paint("warn", `waits, ${why}`)}`;
}

function hostLine(host: HostName, frame: Frame, paint: Paint): string {
  const { sight, releaseOf, isSimulated } = frame;
  const report = sight.reports.get(host);
  const isOnline = sight.online.has(host);
  const dot = isOnline ? paint("good", "●") : paint("quiet", "○");
  const name = `${paint("strong", host.padEnd(4))}${isSimulated ? paint("warn", " SIMULATED") : ""}`;
  if (!(report && isOnline)) return `  ${dot} ${name}  ${paint("quiet", "away")}`;
  const runs = releaseOf(report.current ?? "");
  const running = `runs release ${runs === null ? "?" : runs}`.padEnd(15);
  return `  ${dot} ${name}  ${running}  ${doingOf(report, sight.progress.get(host), paint)}`;
}

function doingOf(report: Reported, progress: Progress | undefined, paint: Paint): string {
  const doing = DOING[report.phase];
  if (!doing) return endOf(report, paint);
  const [words, share, tone] = doing;
  const percent =
    report.phase === "staging" ? Math.round((progress?.percent ?? 0) * share) : share * 100;
  return `${paint(tone, bar(percent))}  ${paint(tone, words)}`;
}

/** For people, and how far it is: the lengths of the parts are not alike. */
const DOING: Partial<
  Record<Reported["phase"], readonly [string, number, "warn" | "quiet" | "good" | "error"]>
> = {
  staging: ["downloads and checks", 0.3, "warn"],
  staged: ["has it all, waits for its turn", 0.3, "quiet"],
  activating: ["switches", 0.45, "warn"],
  "in-trial": ["on trial", 0.7, "warn"],
  committing: ["keeps it", 0.95, "good"],
  reverting: ["returns to what it ran before", 0.3, "error"],
};

function endOf({ outcome }: Reported, paint: Paint): string {
  if (!outcome) return "";
  if (outcome.code === "succeeded") return paint("good", `${bar(100)}  kept`);
  if (outcome.code === "already-installed") return paint("good", "has it already");
  return paint("error", outcome.code === "rolled-back" ? `${bar(0)}  undone` : outcome.code);
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
  if (stripVTControlCharacters(line).length <= columns) return line;
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

import { stripVTControlCharacters } from "node:util";
import type { Home } from "../../people/index.ts";
import { releaseTitle, whyText, wordFor } from "../../people/index.ts";
import { readReason } from "../../rollout/index.ts";
import type { Paint } from "../paint.ts";
import { tableText } from "../words.ts";
import { type HostRow, hostRows } from "./host-rows.ts";
import { nextSteps } from "./next-steps.ts";
import type { Sight } from "./sight.ts";
import { whyHere } from "./why-here.ts";

export interface Room {
  /** Of the terminal; lines are cut there. null: as long as they are. */
  readonly columns: number | null;
  /** Of the terminal; hosts that have no room are counted. null: all of them. */
  readonly rows: number | null;
}

/** Below this width each host takes two lines. */
const TABLE_COLUMNS = 64;

const TONE = {
  done: "good",
  wrong: "error",
  active: "warn",
  waiting: "quiet",
  out: "quiet",
} as const;

/** The fleet as a person reads it: release, what it waits for, every host, what to do next. Pure. */
export function drawStatus(sight: Sight, home: Home, paint: Paint, room: Room): string {
  const head = [
    ...releaseLines(sight, home, paint),
    ...linkLines(sight, paint),
    ...pauseLines(sight, home, paint),
  ];
  const steps = nextSteps(sight).map((one) => `next: ${one}`);
  const foot = steps.length > 0 ? ["", ...steps] : [];
  const hosts = hostLines(hostRows(sight, home), paint, room);
  const left = room.rows === null ? hosts.length : room.rows - head.length - foot.length - 2;
  const lines = [...head, "", ...fitted(hosts, left, paint), ...foot];
  return lines.map((line) => cut(line, room.columns)).join("\n");
}

function releaseLines({ status, heard, at }: Sight, home: Home, paint: Paint): readonly string[] {
  if (status === null) {
    return [paint("strong", heard === null ? "no release yet" : "no rollout yet")];
  }
  const { completion, phase, why } = status;
  const state =
    completion === null ? wordFor("phase", phase, "en") : wordFor("completion", completion, "en");
  const isGood = completion === "Promoted";
  const isBad = completion !== null && !/^(Partially)?Promoted$|^Superseded$/.test(completion);
  const tone = isGood ? "good" : isBad ? "error" : "warn";
  const reason = whyText(readReason(why), "en");
  const title = paint("strong", releaseTitle(status, at, home));
  return [`${title}: ${paint(tone, state)}`, ...(reason === "" ? [] : [`  ${reason}`])];
}

function linkLines({ isConnected, hub, holds }: Sight, paint: Paint): readonly string[] {
  const held = holds.length > 0 ? [paint("warn", `held by ${holds.join(", ")}`)] : [];
  if (!isConnected) return [paint("error", "no connection to the broker"), ...held];
  if (hub === "online") return held;
  const words = hub === "offline" ? "the hub is not connected" : "no hub was ever on this broker";
  return [paint("error", words), ...held];
}

function pauseLines({ status, at }: Sight, home: Home, paint: Paint): readonly string[] {
  if (status === null || status.completion !== null) return [];
  return status.paused.map(({ condition, why }) => {
    const reason = whyHere(readReason(why), at, home);
    return `${paint("warn", `waits: ${wordFor("pause", condition, "en")}`)}${reason === "" ? "" : `. ${reason}`}`;
  });
}

const dot = (online: boolean | null): string => (online === null ? "?" : online ? "●" : "○");

function hostLines(rows: readonly HostRow[], paint: Paint, { columns }: Room): readonly string[] {
  if (rows.length === 0) return [paint("quiet", "no host was seen")];
  if (columns !== null && columns < TABLE_COLUMNS) {
    return rows.flatMap((row) => [
      `${dot(row.online)} ${paint("strong", row.host)} ${paint(TONE[row.standing], row.state)}`,
      paint("quiet", `    ${[row.runs, row.note].filter((one) => one !== "").join("; ")}`),
    ]);
  }
  const cells = rows.map(({ host, online, runs, state, note }) => [
    `${dot(online)} ${host}`,
    ...[runs, state, note],
  ]);
  const [head = [], ...lines] = tableText([["  HOST", "RUNS", "STATE", "WHY"], ...cells]);
  return [
    paint("quiet", head.join("")),
    ...lines.map(([host = "", runs = "", state = "", note = ""], at) =>
      `${paint("strong", host)}${runs}${paint(TONE[rows[at]?.standing ?? "out"], state)}${note}`.trimEnd(),
    ),
  ];
}

function fitted(lines: readonly string[], room: number, paint: Paint): readonly string[] {
  if (lines.length <= room) return lines;
  const shown = Math.max(1, room - 1);
  return [...lines.slice(0, shown), paint("quiet", `  ... ${lines.length - shown} more lines`)];
}

const SGR = new RegExp(`(${"\u001b"}\\[[0-9;]*m)`);

/** A longer line would wrap and tear the picture; colours take no room. */
function cut(line: string, columns: number | null): string {
  if (columns === null || [...stripVTControlCharacters(line)].length <= columns) return line;
  let left = columns - 1;
  const parts = line.split(SGR).map((part) => {
    if (SGR.test(part)) return part;
    const characters = [...part].slice(0, Math.max(0, left));
    const isCut = characters.length < [...part].length && left > 0;
    left -= [...part].length;
    return `${characters.join("")}${isCut ? "…" : ""}`;
  });
  return parts.join("");
}

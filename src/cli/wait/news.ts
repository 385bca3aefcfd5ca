import type { RolloutStatus } from "../../contract/index.ts";
import { wordFor } from "../../people/index.ts";
import type { Followed } from "./followed.ts";

type Host = RolloutStatus["hosts"][number];
type Pause = RolloutStatus["paused"][number];

/** What changed for the release that is followed, one line each; other rollouts are not told. Pure. */
export function newsOf(before: Followed | null, after: Followed): readonly string[] {
  return [
    ...linkNews(before, after),
    ...heardNews(before, after),
    ...statusNews(before && statusOf(before), statusOf(after)),
  ];
}

const statusOf = ({ status, serial, heard }: Followed): RolloutStatus | null =>
  status && (status.serial === serial || heard?.recorded === "only-statements") ? status : null;

function linkNews(before: Followed | null, after: Followed): readonly string[] {
  const { isConnected, hub } = after;
  const wasConnected = before?.isConnected ?? true;
  const lines: string[] = [];
  if (wasConnected && !isConnected) lines.push("connection to the broker lost; trying again");
  if (!wasConnected && isConnected) lines.push("connected to the broker again");
  if (hub !== (before?.hub ?? "online") && isConnected) lines.push(HUB[hub]);
  return lines;
}

const HUB = {
  online: "the hub is there",
  offline: "the hub is not connected to the broker; the release waits there for it",
  unheard: "no hub was ever on this broker; the release waits there for it",
} as const;

function heardNews(before: Followed | null, { heard }: Followed): readonly string[] {
  if (heard === null || heard.state === before?.heard?.state) return [];
  const refused = heard.refused.map(({ code, message }) => `refused in part: ${code}: ${message}`);
  const parts = heard.state === "refused" ? [] : refused;
  return [`hub: ${HEARD[heard.state](heard.why)}`, ...parts];
}

const HEARD = {
  refused: (why: string) => `refused: ${why}`,
  verified: () => "verified the release",
  taken: () => "takes the release",
  recorded: (why: string) => `starts nothing: ${why}`,
} as const;

function statusNews(before: RolloutStatus | null, after: RolloutStatus | null): readonly string[] {
  if (after === null) return [];
  const was = new Map(before?.hosts.map((one) => [one.host, one]));
  const hosts = after.hosts.filter((one) => !isSame(was.get(one.host), one)).map(hostLine);
  const paused = after.paused.filter((one) => !before?.paused.some((two) => isSamePause(one, two)));
  const over = before?.paused.filter(
    ({ condition }) => !after.paused.some((two) => two.condition === condition),
  );
  const began = before === null ? [`rollout ${after.rollout ?? ""} begins`.replace("  ", " ")] : [];
  return [
    ...began,
    ...hosts,
    ...paused.map(pauseLine),
    ...(over ?? []).map(({ condition }) => `no longer: ${wordFor("pause", condition, "en")}`),
    ...phaseNews(before, after),
  ];
}

function phaseNews(before: RolloutStatus | null, after: RolloutStatus): readonly string[] {
  if (after.completion !== null) {
    if (before?.completion === after.completion) return [];
    return [`rollout over: ${wordFor("completion", after.completion, "en")}`];
  }
  if (before === null || before.phase === after.phase) return [];
  return [`rollout: ${wordFor("phase", after.phase, "en")}`];
}

const hostLine = ({ host, state, why }: Host): string =>
  `${host}: ${wordFor("host", state, "en")}${why === "" ? "" : ` (${why})`}`;

const pauseLine = ({ condition, why }: Pause): string =>
  `waits: ${wordFor("pause", condition, "en")}${why === "" ? "" : ` (${why})`}`;

const isSame = (before: Host | undefined, { state, why }: Host): boolean =>
  before?.state === state && before.why === why;

const isSamePause = (one: Pause, two: Pause): boolean =>
  one.condition === two.condition && one.why === two.why;

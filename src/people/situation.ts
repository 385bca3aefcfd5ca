import type { EpochMs, HoldSource, HostName } from "../contract/index.ts";
import type { Verdict } from "../gate/index.ts";
import { type RolloutNow, type Standing, standing } from "../rollout/index.ts";
import type { Home } from "./home.ts";
import { releaseTitle } from "./release-title.ts";
import { say, type TextKey } from "./say.ts";
import { wordFor } from "./words-of.ts";

/** What the hub knows at the moment it tells people something. */
export interface Situation {
  readonly at: EpochMs;
  /** As it is told to everybody; null before the first release. */
  readonly status: RolloutNow | null;
  /** Hosts in trial, and when each ends it at the latest, confirmed or not. */
  readonly trialEnds: readonly { readonly host: HostName; readonly at: EpochMs }[];
  readonly holds: readonly HoldInForce[];
  /** When trials may begin again; null when nobody knows or they may begin now. */
  readonly opensAt: EpochMs | null;
  /** The host of the question of the wires that waits for a person's word; null where none is told. */
  readonly asked: HostName | null;
  /** The gate's last verdict, where one is why it waits. */
  readonly verdict: Verdict | null;
}

export interface HoldInForce {
  readonly source: HoldSource;
  /** Null: everything. */
  readonly host: HostName | null;
  readonly since: EpochMs;
  readonly until: EpochMs | null;
}

export const hostsThat = <Host extends { readonly state: string }>(
  status: { readonly hosts: readonly Host[] } | null,
  which: Standing,
): readonly Host[] => status?.hosts.filter(({ state }) => standing(state) === which) ?? [];

/** The release that is under way, as people know it. */
export const releaseNow = (situation: Situation, home: Home): string =>
  situation.status
    ? releaseTitle(situation.status, situation.at, home)
    : say(home.language, "notice.noRelease");

/** How it ended, or where it stands. */
export function rolloutWord(status: RolloutNow | null, { language }: Home): string {
  if (!status) return say(language, "status.none");
  if (status.completion !== null) return wordFor("completion", status.completion, language);
  return wordFor("phase", status.phase, language);
}

type SummaryKey = TextKey & `summary.${string}`;
const MAX_NAMED = 6;
const LINES: readonly (readonly [Standing, SummaryKey])[] = [
  ["wrong", "summary.wrong"],
  ["active", "summary.active"],
  ["waiting", "summary.waiting"],
  ["done", "summary.done"],
];

/** Who is where, in one line for each; hosts that take no part are left away. */
export function summary(status: RolloutNow | null, home: Home): readonly string[] {
  const line = (key: SummaryKey, hosts: RolloutNow["hosts"]): readonly string[] =>
    hosts.length === 0 ? [] : [say(home.language, key, nameSome(hosts, home))];
  const inTime = (which: Standing) => hostsThat(status, which).filter((one) => !isLater(one));
  return [
    ...LINES.flatMap(([which, key]) => line(key, inTime(which))),
    ...line("summary.later", status?.hosts.filter(isLater) ?? []),
  ];
}

/** It was not there; the rollout goes on without it. */
const isLater = ({ state }: RolloutNow["hosts"][number]): boolean => state === "Deferred";

function nameSome(of: RolloutNow["hosts"], home: Home): { hosts: string; count: string } {
  const names = of.map(({ host }) => host);
  const hosts = names.slice(0, MAX_NAMED).join(", ");
  const count = `${names.length - MAX_NAMED}`;
  if (names.length <= MAX_NAMED) return { hosts, count };
  return { hosts: say(home.language, "summary.more", { hosts, count }), count };
}

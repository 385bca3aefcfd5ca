import type { RolloutNow } from "./rollout-now.ts";
import { type Standing, standing } from "./standing.ts";

type Hosts = readonly Pick<RolloutNow["hosts"][number], "host" | "state">[];

/** What there is to describe: as it is known here, or came over the wire. */
export type Described = Pick<RolloutNow, "phase" | "completion"> & {
  readonly paused: readonly Pick<RolloutNow["paused"][number], "condition">[];
  readonly hosts: Hosts;
};

/** The one thing to say of a rollout where there is room for a few words; `people` says it in under 20 characters. */
export type Description =
  | { readonly code: "none" | "settling" }
  | { readonly code: "staging" | "done"; readonly done: number; readonly all: number }
  | { readonly code: "phase" | "pause" | "end"; readonly word: string }
  | {
      readonly code: "trying" | "rebooting" | "keeping" | "undoing" | "silent" | "stopped-at";
      readonly host: string;
    };

/** @param isSettling a release waits for the burst it may belong to */
export function describe(now: Described | null, isSettling: boolean): Description {
  if (!now) return { code: isSettling ? "settling" : "none" };
  if (now.phase === "Completed") return describeEnd(now);
  const [trial] = those(now.hosts, "active");
  if (trial) return { code: ACTIVE[trial.state] ?? "trying", host: trial.host };
  const [pause] = now.paused;
  if (pause) return { code: "pause", word: pause.condition };
  if (now.phase === "Progressing") return counted("staging", now.hosts, isStaged);
  return { code: "phase", word: now.phase };
}

const ACTIVE: Readonly<Record<string, "rebooting" | "keeping" | "undoing" | "silent">> = {
  Rebooting: "rebooting",
  Committing: "keeping",
  RollingBack: "undoing",
  Unknown: "silent",
};

function describeEnd({ completion, hosts }: Described): Description {
  if (completion === "Promoted" || completion === "PartiallyPromoted") {
    return counted("done", hosts, isDone);
  }
  const [culprit] = those(hosts, "wrong");
  if (completion === "Aborted" && culprit) return { code: "stopped-at", host: culprit.host };
  return { code: "end", word: completion ?? "" };
}

const those = (hosts: Hosts, which: Standing): Hosts =>
  hosts.filter(({ state }) => standing(state) === which);

const isDone = (state: string): boolean => standing(state) === "done";
const isStaged = (state: string): boolean =>
  state === "Staged" || state === "RebootPending" || isDone(state);

/** Of those who take part. */
function counted(
  code: "staging" | "done",
  hosts: Hosts,
  holds: (state: string) => boolean,
): Description {
  const taking = hosts.filter(({ state }) => standing(state) !== "out");
  return { code, done: taking.filter(({ state }) => holds(state)).length, all: taking.length };
}

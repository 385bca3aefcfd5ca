import type { HostName, RolloutStatus } from "../../contract/index.ts";
import { readReason, type Standing, standing } from "../../rollout/index.ts";

type Told = Pick<RolloutStatus, "hosts" | "why">;
type ToldHost = RolloutStatus["hosts"][number];

const NO_PART: ReadonlySet<string> = new Set(["not-in-plan"]);
const ASLEEP: ReadonlySet<string> = new Set(["not-there", "awaited-is-away"]);

const codeOf = ({ why }: ToldHost): string => readReason(why)?.code ?? "";
export const isAsleep = (one: ToldHost): boolean =>
  one.state === "Deferred" && ASLEEP.has(codeOf(one));
const isStranger = (one: ToldHost): boolean => NO_PART.has(codeOf(one));

export const those = ({ hosts }: Told, which: Standing): readonly ToldHost[] =>
  hosts.filter(({ state }) => standing(state) === which);

/** Takes part, and does not have it. */
export const missingIn = ({ hosts }: Told): readonly ToldHost[] =>
  hosts.filter((one) => standing(one.state) !== "done" && !isStranger(one));

export function counted({ hosts }: Told): string {
  const taking = hosts.filter((one) => !isStranger(one));
  const done = taking.filter(({ state }) => standing(state) === "done").length;
  return `${done} of ${taking.length} ${taking.length === 1 ? "host" : "hosts"} updated`;
}

export function besides({ hosts }: Told): string {
  const strangers = hosts.filter(isStranger);
  return strangers.length === 0 ? "" : `; left out, the plan does not name it: ${names(strangers)}`;
}

export const failures = (status: Told): string =>
  those(status, "wrong").map(hostLine).join("; ") || status.why || "a host did not do well";

export const rolledBack = (status: Told): string =>
  [status.why, ...status.hosts.filter(({ state }) => state === "RolledBack").map(hostLine)]
    .filter((part) => part !== "")
    .join("; ") || "every host has what it had before";

export const hostLine = ({ host, state, why }: ToldHost): string =>
  why === "" ? `${host} ${state}` : `${host} ${state}: ${why}`;

export const names = (hosts: readonly { readonly host: HostName }[]): string =>
  hosts.map(({ host }) => host).join(", ");

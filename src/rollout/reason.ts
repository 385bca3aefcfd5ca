import type { HoldSource, HostName, StorePath } from "../contract/index.ts";
import type { EndState } from "./words.ts";

/**
 * Every reason that a rollout writes down, and how the wire says it: one line of plain English; what stands in
 * braces is a parameter. `people` has the words for screens and phones, by code. Codes are never renamed or reused:
 * they stand in journals.
 */
export const REASONS = {
  // Of a host's turn
  "newer-came": "a newer release came",
  "not-there": "it was not there",
  "not-in-plan": "the plan does not name it",
  locked: "it is locked until somebody says retry",
  "slow-fetch": "it took too long to fetch",
  "awaited-is-away": "{host} is away",
  "left-out": "left out by {by}",
  "kept-untried": "the wires lead to keep without a trial",
  "not-heard": "it has not been heard of",
  "waits-by-its-rules": "waits by its own rules: {error}",
  "clock-unset-on-host": "{host}'s clock is not synchronised",
  "waits-for-connections": "waits for new connections",
  "runs-another": "it reported {state}, but runs {runs}",
  "runs-unnamed": "it reported {state}, but runs nothing that can be named",
  error: "{error}",
  "error-said": "{error}: {said}",
  // Of the rollout
  "stopped-by": "stopped by {by}",
  "stopped-at": "stopped at {host}",
  "stopped-at-last-gate": "stopped at the last gate",
  "rolled-back-by": "rolled back by {by}",
  "catches-up": "hosts that were away catch up",
  "host-ended": "{host}: {state}",
  "host-ended-because": "{host}: {state}, {because}",
  // Of a pause
  "second-hub": "another hub orders these hosts",
  reconciling: "waits for the hosts it left in trial",
  "clock-unset": "the hub's clock is not synchronised",
  "outside-window": "outside the times that the plan allows",
  "outside-group-window": "outside the times of the group {group}, which may begin at {opens}",
  "group-window-never": "the times of the group {group} do not come",
  "newer-waits": "a newer release waits",
  "host-failed": "{host}: did not do well",
  "host-needs-reboot": "{host}: needs a reboot",
  "host-not-heard": "{host}: has not been heard of",
  "unhealthy-before": "{host}: the house was not healthy before it began",
  "no-verdict": "{host}: the gate gives no verdict",
  "cannot-measure": "{host}: the gate cannot measure",
  "unhealthy-at-last": "the house is not healthy after the last host",
  "no-verdict-at-last": "the last gate gives no verdict",
  "cannot-measure-at-last": "the last gate cannot measure",
  "held-by": "held by {source}",
  "held-until": "held by {source} until {until}",
  "host-held": "{host} is held",
  unstarted: "waits to be started",
  "group-unapproved": "waits for an approval of the group {group}",
  "host-unapproved": "waits for an approval of {host}",
  // Of a release that starts nothing
  "changes-nothing": "it changes no host",
  "only-statements": "only its statements are new",
  // The words of a host, a gate or a wire, which nobody can translate
  said: "{said}",
} as const;

export type ReasonCode = keyof typeof REASONS;

interface ParamTypes {
  readonly host: HostName;
  /** Who asked: a user, a switch, a program. */
  readonly by: string;
  readonly source: HoldSource;
  /** A group's name. */
  readonly group: string;
  /** Date and time as the clocks on the group's walls show it. */
  readonly opens: string;
  /** Such as `2026-07-14 15:00 UTC`: who shows it knows the zone of who looks. */
  readonly until: string;
  readonly state: EndState;
  readonly runs: StorePath;
  /** A code of the error table, or of a newer host's. */
  readonly error: string;
  readonly said: string;
  readonly because: Because;
}

type Named<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Named<Rest>
  : never;
export type ReasonParam = keyof ParamTypes;

type ReasonOf<Code extends ReasonCode> = {
  [C in Code]: { readonly code: C } & Pick<ParamTypes, Named<(typeof REASONS)[C]>>;
}[Code];

/** Why something stands where it stands: a code of `REASONS` with its parameters. Null, where it may be: the state says it all. */
export type Reason = ReasonOf<ReasonCode>;

/** Why a host ended, within the reason of its rollout. */
export type Because = ReasonOf<Exclude<ReasonCode, "host-ended-because">>;

/** The names in the braces of a reason's text, in their order. */
export const paramsOf = (code: ReasonCode): readonly ReasonParam[] =>
  [...REASONS[code].matchAll(/\{(\w+)\}/g)].map(([, name]) => name as ReasonParam);

const MAX_SAID = 500;
const MAX_BY = 200;

/** Somebody's own words; null when there are none. */
export const saidReason = (said: string): Reason | null =>
  said === "" ? null : { code: "said", said: said.slice(0, MAX_SAID) };

/** @param error a code, null for none */
export function errorReason(error: string | null, said: string): Reason | null {
  if (error === null) return saidReason(said);
  if (said === "") return { code: "error", error };
  return { code: "error-said", error, said: said.slice(0, MAX_SAID) };
}

/** Of a host that another agent deploys: it only says what it would have done. */
export const isWatched = (why: Reason | null): boolean =>
  (why?.code === "error" || why?.code === "error-said") && why.error === "observe-mode";

/** What somebody asked for, and who. */
export const askedReason = (
  code: "left-out" | "stopped-by" | "rolled-back-by",
  by: string,
): Reason => ({ code, by: by.slice(0, MAX_BY) });

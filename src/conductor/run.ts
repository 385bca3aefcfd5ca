import type { ReasonCode, Verdict } from "../gate/index.ts";
import type { StepKey } from "../rollout/index.ts";
import type { GateSaid } from "./conductor.ts";

/** What is judged: an attempt, or the house after the last host. */
export interface Run {
  /** Of the last check: the host that stands for all. */
  readonly key: StepKey;
  readonly name: string;
  readonly isFinal: boolean;
  /** A house that is not healthy before is looked at again until it is; otherwise it is said once. */
  readonly looksAgain: boolean;
}

export const runOf = (key: StepKey): Run => ({
  ...{ key, isFinal: false, looksAgain: false },
  name: runName(key),
});

export const runName = ({ rollout, host, attempt }: StepKey): string =>
  `${rollout}/${host}/${attempt}`;

/**
 * A house that was ill before the trial is never blamed on the deployment: after the activation that is no verdict
 * (DESIGN 9). A dry run decides nothing.
 */
export function outcomeOf(
  { status, binding, onInconclusive }: Verdict,
  place: GateSaid["place"],
  isFinal: boolean,
): GateSaid["outcome"] {
  if (!binding || status === "Successful") return "healthy";
  if (status === "Failed") return "unhealthy";
  if (status === "PreflightFailed")
    return place === "before" || isFinal ? "unhealthy" : "no-verdict";
  return place === "after" && onInconclusive === "revert" ? "unhealthy" : "no-verdict";
}

/** What comes with time, as a sensor speaks again. */
const PASSING: ReadonlySet<ReasonCode> = new Set(["no-data", "too-few-readings"]);

export const isPassing = ({ binding, reason }: Verdict): boolean =>
  binding && PASSING.has(reason.code);

/** Which row it is about, since a gate has several. */
export const whyOf = ({ reason: { row, text } }: Verdict): string =>
  row === "" ? text : `${row}: ${text}`;

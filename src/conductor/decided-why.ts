import {
  entriesOf,
  plainReason,
  type Reason,
  type Rollout,
  type RolloutEffect,
  type RolloutState,
} from "../rollout/index.ts";
import type { Decision } from "./conductor.ts";

type Of<Type extends Decision["type"]> = Extract<Decision, { type: Type }>;

/** Why, in one line of plain English; never empty, since a log line without its reason explains nothing. */
export function decidedWhy(decision: Decision, state: RolloutState): string {
  const why = WHY[decision.type] as (one: Decision, state: RolloutState) => string;
  return why(decision, state);
}

const WHY: { readonly [T in Decision["type"]]: (one: Of<T>, state: RolloutState) => string } = {
  Order: (order, state) => (order.goal === "revert" ? whyUndone(order, state) : whyOrdered(order)),
  RolloutStarted: ({ rollout }) => said(rollout.why, started(rollout)),
  RolloutEnded: ({ rollout }) => said(rollout.why, "every host has come to its end"),
  StepStarted: ({ resumed }) => (resumed ? "the hub goes on where it was" : "its turn has come"),
  HostEnded: ({ why, state }) => said(why, ended(state)),
  GateAsked: ({ place }) => `the plan asks the sensors (${place})`,
  Paused: ({ why, condition }) => said(why, condition),
  Resumed: () => "its cause is over",
  ReleaseTaken: ({ serial }, { next }) =>
    next?.release.serial === serial ? "it waits for its rollout to begin" : "it has its rollout",
  ReleaseRefused: ({ said: why }) => why || "it names no host",
  ReleaseRecorded: ({ why }) => said(why, "it starts nothing"),
  DriftSeen: () => "it runs what nobody ordered",
  HoldIsOld: ({ since }) => `held since ${new Date(since).toISOString()}`,
  ReconnectAsked: () => "what carries the broker was changed: only a new connection proves it",
  GateJudged: ({ why, verdict }) =>
    why || (verdict === "Successful" ? "every sensor is healthy" : "the gate gives no reason"),
  Asked: ({ asked, answer }) =>
    answer.accepted ? `asked by ${asked.by}` : `refused (${answer.code}): ${answer.message}`,
};

const said = (why: Reason | null, otherwise: string): string => plainReason(why) || otherwise;

const started = ({ kind, run }: Rollout): string => {
  if (run > 1) return "somebody asked for it again";
  return kind === "catch-up" ? "hosts that were away catch up" : "CI has released it";
};

const ended = (state: string): string =>
  state === "Succeeded" ? "the trial was kept" : `the host came to ${state}`;

function whyUndone({ host }: Of<"Order">, state: RolloutState): string {
  const step = entriesOf(state.hosts).find((entry) => entry.host === host)?.step;
  return said(step?.why ?? null, "the trial is to be undone");
}

function whyOrdered({
  goal,
  rollback,
  retry,
  approved,
}: Extract<RolloutEffect, { type: "Order" }>): string {
  if (rollback) return "it returns to what it had";
  if (retry && goal === "stage") return "somebody asked to try it again";
  switch (goal) {
    case "stage":
      return "the release names it";
    case "trial":
      return "its turn has come";
    case "boot":
      return `its reboot was approved (${approved ?? "no risk named"})`;
    default:
      return "the trial is to be kept";
  }
}

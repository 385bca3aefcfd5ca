import type { Counter, EpochMs, RolloutId } from "../contract/index.ts";
import {
  type Goal,
  type HostStep,
  hasEnded,
  isInTrial,
  type OfferedRelease,
  type Rollout,
  type RolloutEffect,
  type RolloutState,
  wentWrong,
} from "./state.ts";

interface Progress {
  readonly state: RolloutState;
  readonly effects: readonly RolloutEffect[];
}

/** Orders `goal` of one step; the counter is max(last + 1, now) (DESIGN 5). */
export function order(progress: Progress, step: HostStep, goal: Goal, at: EpochMs): Progress {
  const rollout = progress.state.rollout;
  if (!rollout) return progress;
  const counter = Math.max(progress.state.lastCounter + 1, at) as Counter;
  const state = withStep(progress.state, { ...step, goal, counter });
  const effect: RolloutEffect = {
    type: "Order",
    host: step.host,
    rollout: rollout.id,
    attempt: step.attempt,
    goal,
    counter,
    statement: step.statement,
    at,
  };
  return { state: { ...state, lastCounter: counter }, effects: [...progress.effects, effect] };
}

export function withStep(state: RolloutState, step: HostStep): RolloutState {
  if (!state.rollout) return state;
  const steps = state.rollout.steps.map((one) => (one.host === step.host ? step : one));
  return { ...state, rollout: { ...state.rollout, steps } };
}

/** The id follows from the release, so that a hub that lost its memory meets its own attempts again. */
export const rolloutIdOf = (release: OfferedRelease): RolloutId =>
  `${release.channel.slice(0, 40)}-${release.serial}` as RolloutId;

/** Stages every known host at once: download early, activate in order (DESIGN 8). */
export function start(state: RolloutState, release: OfferedRelease, at: EpochMs): Progress {
  const named = new Map(release.hosts.map((one) => [one.host, one]));
  const known = state.hosts.flatMap((host) => named.get(host) ?? []);
  const strangers = release.hosts.filter((one) => !state.hosts.includes(one.host));
  const steps: HostStep[] = [
    ...known.map((one) => newStep(one, "Staging", "")),
    ...strangers.map((one) => newStep(one, "Skipped", "this hub does not know the host")),
  ];
  const rollout: Rollout = {
    id: rolloutIdOf(release),
    channel: release.channel,
    serial: release.serial,
    title: release.title,
    phase: "Progressing",
    completion: null,
    why: "",
    steps,
  };
  const begun: Progress = { state: { ...state, rollout, next: null }, effects: [] };
  return steps
    .filter((step) => step.state === "Staging")
    .reduce((progress, step) => order(progress, step, "stage", at), begun);
}

const newStep = (
  offered: OfferedRelease["hosts"][number],
  state: HostStep["state"],
  why: string,
): HostStep => ({ ...offered, state, why, attempt: 1, goal: null, counter: null });

/** What follows from where the hosts stand now: the next trial, the end, or an abort. */
export function advance(progress: Progress, at: EpochMs): Progress {
  const rollout = progress.state.rollout;
  if (!rollout || rollout.phase === "Completed") return progress;
  const failed = rollout.steps.find(wentWrong);
  if (failed && rollout.phase === "Progressing") return advance(abort(progress, failed, at), at);
  if (rollout.steps.some(isInTrial)) return progress;
  if (rollout.steps.every(hasEnded)) return complete(progress, at);
  if (rollout.steps.some((step) => step.state === "Staging")) return progress;
  const next = rollout.steps.find((step) => step.state === "Staged");
  return next ? activate(progress, rollout, next, at) : progress;
}

function activate(progress: Progress, rollout: Rollout, step: HostStep, at: EpochMs): Progress {
  const ordered = order(progress, { ...step, state: "Activating", why: "" }, "trial", at);
  const { host, target } = step;
  const started: RolloutEffect = { type: "StepStarted", rollout: rollout.id, host, target };
  return { ...ordered, effects: [...ordered.effects, started] };
}

/** Hosts that have not begun their trial are let go; one in trial comes to its own end. */
function abort(progress: Progress, failed: HostStep, at: EpochMs): Progress {
  const rollout = progress.state.rollout;
  if (!rollout) return progress;
  const why = `${failed.host}: ${failed.state}${failed.why === "" ? "" : `, ${failed.why}`}`;
  const aborting = { ...progress.state, rollout: { ...rollout, phase: "Aborting" as const, why } };
  return rollout.steps
    .filter((step) => !hasEnded(step) && !isInTrial(step))
    .reduce<Progress>(
      (done, step) =>
        order(done, { ...step, state: "Canceled", why: `stopped at ${failed.host}` }, "revert", at),
      { ...progress, state: aborting },
    );
}

function complete(progress: Progress, at: EpochMs): Progress {
  const { state, effects } = progress;
  if (!state.rollout) return progress;
  const aborted = state.rollout.phase === "Aborting";
  const rollout: Rollout = {
    ...state.rollout,
    phase: "Completed",
    completion: aborted ? "Aborted" : "Promoted",
  };
  const ended: Progress = {
    state: { ...state, rollout },
    effects: [...effects, { type: aborted ? "Stopped" : "Finished", rollout }],
  };
  if (!state.next) return ended;
  const begun = start(ended.state, state.next, at);
  return { state: begun.state, effects: [...ended.effects, ...begun.effects] };
}

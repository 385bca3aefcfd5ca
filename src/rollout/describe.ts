import type { EpochMs, RolloutStatus, SessionId } from "../contract/index.ts";
import { type HostStep, hasEnded, isInTrial, type Rollout, type RolloutState } from "./state.ts";

const MAX_CHARACTERS = 20; // Node-RED, "Node status": longer texts run into the next node

/** The rollout in at most 20 characters, for the status below a node. */
export function describe(state: RolloutState): string {
  const { rollout } = state;
  if (!rollout) return "waiting for release";
  if (rollout.phase === "Completed") return describeEnd(rollout);
  const trial = rollout.steps.find(isInTrial);
  if (trial) return shorten(trial.state === "Committing" ? "keeping " : "trying ", trial.host);
  if (rollout.phase === "Aborting") return "stopping";
  const waiting = rollout.steps.filter((step) => step.state === "Staging").length;
  return `staging ${rollout.steps.length - waiting}/${rollout.steps.length}`;
}

function describeEnd(rollout: Rollout): string {
  if (rollout.completion === "Promoted") {
    const done = rollout.steps.filter((step) => step.state !== "Skipped").length;
    return `done ${done}/${rollout.steps.length}`;
  }
  const culprit = rollout.steps.find((step) => hasEnded(step) && isBad(step));
  return shorten("stopped at ", culprit?.host ?? "?");
}

const isBad = (step: HostStep): boolean =>
  !["Succeeded", "AlreadyInstalled", "Skipped", "Canceled"].includes(step.state);

function shorten(before: string, host: string): string {
  const room = MAX_CHARACTERS - before.length;
  return before + (host.length > room ? `${host.slice(0, room - 1)}…` : host);
}

/** What the hub tells everybody (topic `rollout/status`); null before the first release. */
export function statusOf(state: RolloutState, hub: SessionId, at: EpochMs): RolloutStatus | null {
  const { rollout } = state;
  if (!rollout) return null;
  return {
    v: 1,
    hub,
    rollout: rollout.id,
    channel: rollout.channel,
    serial: rollout.serial,
    title: rollout.title,
    phase: rollout.phase,
    completion: rollout.completion,
    paused: [],
    hosts: rollout.steps.map(({ host, state: stands, why }) => ({ host, state: stands, why })),
    why: rollout.why,
    at,
  };
}

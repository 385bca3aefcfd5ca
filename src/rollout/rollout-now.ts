import type { EpochMs, RolloutStatus, SessionId } from "../contract/index.ts";
import { plainReason } from "./plain-reason.ts";
import type { Reason } from "./reason.ts";
import type { RolloutState } from "./rollout-state.ts";
import { stepsOf } from "./shown-steps.ts";

type Told<T extends { readonly why: string }> = Omit<T, "why"> & { readonly why: Reason | null };

/** The rollout as `rollout/status` tells it, but with reasons by their codes: what texts for people are made of. */
export type RolloutNow = Told<Omit<RolloutStatus, "paused" | "hosts">> & {
  readonly paused: readonly Told<RolloutStatus["paused"][number]>[];
  readonly hosts: readonly Told<RolloutStatus["hosts"][number]>[];
};

const MAX_HOSTS = 512; // of the wire's rolloutStatus

/** What the hub tells people; null before the first release. */
export function rolloutNow(state: RolloutState, hub: SessionId, at: EpochMs): RolloutNow | null {
  const { rollout } = state;
  if (!rollout) return null;
  const { id, channel, serial, title, phase, completion, paused, why, strangers } = rollout;
  const unnamed: Reason = { code: "not-in-plan" };
  const hosts = [
    ...stepsOf(state).map((step) => ({ host: step.host, state: step.state, why: step.why })),
    ...strangers.map((host) => ({ host, state: "Skipped", why: unnamed })),
  ];
  return {
    ...{ v: 1, hub, rollout: id, channel, serial, title, phase, completion, paused, why, at },
    hosts: hosts.slice(0, MAX_HOSTS),
  };
}

/** What the hub tells everybody (topic `rollout/status`), reasons in plain English; null before the first release. */
export function statusOf(state: RolloutState, hub: SessionId, at: EpochMs): RolloutStatus | null {
  const now = rolloutNow(state, hub, at);
  if (!now) return null;
  return { ...now, ...plain(now), paused: now.paused.map(plain), hosts: now.hosts.map(plain) };
}

const plain = <T extends { readonly why: Reason | null }>(
  told: T,
): Omit<T, "why"> & { why: string } => ({
  ...told,
  why: plainReason(told.why),
});

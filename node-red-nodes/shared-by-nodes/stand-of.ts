import {
  entriesOf,
  type HostState,
  isBad,
  isEnd,
  type RolloutState,
  type ShownStep,
  type StepKey,
} from "../../src/rollout/index.ts";

/** Where an attempt stands, as wires need to know it. */
export type Stand =
  /** Its turn, and nothing has begun. */
  | { readonly kind: "before"; readonly step: ShownStep }
  /** On its way into the trial, or gone quiet in it. */
  | { readonly kind: "trying"; readonly step: ShownStep }
  /** The host itself has reported that it runs. */
  | { readonly kind: "running"; readonly step: ShownStep }
  /** Somebody has kept or undone it; its end is still to come. */
  | { readonly kind: "decided"; readonly step: ShownStep }
  /** It did not stay: returned, refused, silent. */
  | { readonly kind: "failed"; readonly step: ShownStep }
  /** It ended otherwise: kept, skipped, left out. */
  | { readonly kind: "ended"; readonly step: ShownStep }
  /** No such attempt is under way. */
  | { readonly kind: "unknown"; readonly why: string };

const KINDS: Partial<Record<HostState, Exclude<Stand["kind"], "unknown">>> = {
  Staged: "before",
  RebootPending: "before",
  Activating: "trying",
  Rebooting: "trying",
  Verifying: "trying",
  Soaking: "running",
  Committing: "decided",
  RollingBack: "decided",
  Unknown: "failed",
};

/** @param key of a step message, which may be older than what is under way */
export function standOf({ rollout, hosts }: RolloutState, key: StepKey): Stand {
  if (rollout?.id !== key.rollout) {
    return { kind: "unknown", why: `${key.rollout} is not under way` };
  }
  const entry = entriesOf(hosts).find(({ host }) => host === key.host);
  if (entry?.step?.attempt !== key.attempt) {
    return { kind: "unknown", why: `${key.host} has no attempt ${key.attempt}` };
  }
  const step: ShownStep = { ...entry.step, host: entry.host };
  if (isEnd(step.state)) return { kind: isBad(step.state) ? "failed" : "ended", step };
  const kind = KINDS[step.state];
  if (kind === undefined || (kind === "before" && !step.started)) {
    return { kind: "unknown", why: `it is not the turn of ${key.host}` };
  }
  return { kind, step };
}

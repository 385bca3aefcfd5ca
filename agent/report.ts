import {
  type EpochMs,
  floorOf,
  type HostTrust,
  type Journal,
  type Ratchet,
  type Reported,
  type RolloutId,
  type SessionId,
  type StorePath,
} from "../src/contract/index.ts";

export interface ReportInput {
  readonly trust: HostTrust;
  readonly memory: { readonly ratchet: Ratchet; readonly journal: Journal };
  readonly facts: Pick<Reported, "current" | "booted" | "profile" | "bootId" | "freeBytes">;
  readonly session: SessionId;
  readonly seq: number;
  readonly at: EpochMs;
  readonly synchronised: boolean;
  readonly agentVersion: string;
  readonly refusal: Reported["refusal"];
  /** An ended attempt that was asked after; the last one ended when null. */
  readonly asked: EndedAttempt | null;
}

export interface EndedAttempt {
  readonly rollout: RolloutId;
  readonly attempt: number;
  readonly target: StorePath;
}

/** What the host says of itself: reality for what runs, the journal for what was tried. Pure. */
export function reportOf(input: ReportInput): Reported {
  const { trust, memory, facts } = input;
  return {
    v: 1,
    wire: [1],
    host: trust.host,
    seq: input.seq,
    session: input.session,
    bootId: facts.bootId,
    current: facts.current,
    booted: facts.booted,
    profile: facts.profile,
    ...attemptOf(input),
    counter: memory.ratchet.counter,
    refusal: input.refusal,
    serial: memory.journal.committed.at(-1)?.serial ?? 0,
    floor: floorOf(memory.ratchet, trust),
    rebootRequired: false,
    clock: input.synchronised ? "synchronised" : "unsynchronised",
    freeBytes: facts.freeBytes,
    agent: input.agentVersion,
    at: input.at,
  };
}

function attemptOf({
  memory,
  asked,
}: ReportInput): Pick<Reported, "phase" | "rollout" | "attempt" | "target" | "outcome"> {
  const { open, closed } = memory.journal;
  if (open) {
    const { phase, rollout, attempt, storePath } = open;
    return { phase, rollout, attempt, target: storePath, outcome: null };
  }
  const last = asked
    ? closed.find((one) => one.rollout === asked.rollout && one.attempt === asked.attempt)
    : closed.at(-1);
  const target = asked?.target ?? null;
  const { rollout = null, attempt = null, outcome = null } = last ?? {};
  return { phase: "idle", rollout, attempt, target, outcome };
}

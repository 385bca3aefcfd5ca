import type { Counter } from "../../src/contract/index.ts";
import {
  type HostState,
  parsePlan,
  type RolloutEvent,
  type RolloutEventType,
  type RolloutPhase,
} from "../../src/rollout/index.ts";
import { by, Home, nuc, release, rp4, sessionOf, wall } from "./scenes.ts";

const soaking = (): Home => new Home({ soak: "5m", lease: "10m" }).ready();
const ended = (code: Parameters<Home["ended"]>[1]): Home => soaking().ended(rp4, code);

const rebootApproved = (): Home => {
  const home = soaking().needsReboot(rp4);
  const approval = { by, group: null, host: rp4, risk: "one-shot" } as const;
  return home.play({ type: "Approved", at: home.at, ...approval });
};

/** A home in which rp4 stands in that state, while nuc has fetched and waits. */
export const HOMES: Readonly<Record<HostState, () => Home>> = {
  Queued: () => new Home().here(nuc).offer(7).staged(nuc),
  Staging: () => new Home().here(rp4, nuc).offer(7).staged(nuc),
  Staged: () => {
    const home = new Home().here(rp4, nuc);
    home.play({ type: "HoldSet", at: home.at, source: wall, host: null });
    return home.offer(7).staged(rp4, nuc);
  },
  RebootPending: () => {
    const home = rebootApproved();
    home.play({ type: "HoldSet", at: home.at, source: wall, host: null });
    return home.staged(rp4);
  },
  Activating: soaking,
  Rebooting: () => rebootApproved().staged(rp4),
  Verifying: () => soaking().says(rp4, { phase: "activating", current: soaking().target(rp4) }),
  Soaking: () => soaking().inTrial(rp4),
  Committing: () => soaking().inTrial(rp4).wait(5),
  RollingBack: () => soaking().says(rp4, { phase: "reverting" }),
  Unknown: () => soaking().wait(12),
  Succeeded: () => ended("succeeded"),
  AlreadyInstalled: () => ended("already-installed"),
  Skipped: () => {
    const home = new Home().here(rp4, nuc).offer(7).staged(nuc);
    return home.play({ type: "SkipAsked", at: home.at, by, host: rp4 });
  },
  Deferred: () => new Home().here(nuc).offer(7).staged(nuc).wait(120),
  Canceled: () => ended("canceled"),
  Rejected: () => ended("rejected"),
  Failed: () => ended("failed"),
  NeedsReboot: () => ended("needs-reboot"),
  RolledBack: () => ended("rolled-back"),
  TakenOver: () => ended("taken-over"),
  Inconsistent: () => ended("inconsistent"),
};

/** A home whose rollout stands in that phase. */
export const ROLLOUTS: Readonly<Record<RolloutPhase, () => Home>> = {
  Pending: () => new Home({ start: "manual" }).here(rp4, nuc).offer(7),
  Progressing: soaking,
  Finalising: () => new Home({ gates: ["final"] }).ready().succeeds(rp4, nuc),
  Aborting: () => {
    const home = soaking();
    return home.play({ type: "AbortAsked", at: home.at, by, scope: "failed" });
  },
  RollingBack: () => {
    const home = new Home().ready().succeeds(rp4, nuc).offer(8).staged(rp4, nuc).succeeds(rp4, nuc);
    return home.play({ type: "RollbackAsked", at: home.at, by, host: rp4 });
  },
  Completed: () => new Home().ready().succeeds(rp4, nuc),
};

/** One event of each type, about rp4 where it is about a host; time stands still but for Tick. */
export const EVENTS: Readonly<Record<RolloutEventType, (home: Home) => RolloutEvent>> = {
  ReleaseVerified: ({ at }) => ({ type: "ReleaseVerified", at, release: release(9, [rp4, nuc]) }),
  HostReported: (home) => {
    const current = home.target(rp4);
    const report = home.report(rp4, { phase: "in-trial", current });
    return { type: "HostReported", at: home.at, live: true, report };
  },
  HostAppeared: ({ at }) => ({ type: "HostAppeared", at, host: rp4, session: sessionOf(5) }),
  HostLost: (home) => {
    const { session } = home.report(rp4);
    return { type: "HostLost", at: home.at, host: rp4, session };
  },
  ControllerStarted: ({ at }) => ({ type: "ControllerStarted", at, session: sessionOf(90) }),
  HubConnected: ({ at }) => ({ type: "HubConnected", at, session: sessionOf(91) }),
  CounterLearned: ({ at }) => ({ type: "CounterLearned", at, counter: (at * 2) as Counter }),
  ForeignHubSeen: ({ at }) => ({ type: "ForeignHubSeen", at, instance: sessionOf(66) }),
  ClockChecked: ({ at }) => ({ type: "ClockChecked", at, synchronised: false }),
  Tick: ({ at }) => ({ type: "Tick", at: (at + 24 * 3_600_000) as typeof at }),
  EffectsDone: ({ at, state }) => ({
    type: "EffectsDone",
    at,
    ids: state.outbox.map(({ id }) => id),
  }),
  OrderNotSent: (home) => ({
    ...{ type: "OrderNotSent", at: home.at, ...home.key(rp4) },
    ...{ error: "wire-too-far", said: "its agent speaks wire version 3" },
  }),
  PlanChanged: ({ at }) => ({ type: "PlanChanged", at, plan: parsePlan(["nuc", "rp4"]) }),
  GateJudged: (home) => {
    const { rollout, attempt } = home.key(rp4);
    const said = {
      place: "soak",
      rollout,
      host: rp4,
      attempt,
      verdict: "Failed",
      why: "cold",
    } as const;
    return { type: "GateJudged", at: home.at, ...said };
  },
  TrialAsked: (home) => ({ type: "TrialAsked", at: home.at, ...home.key(rp4) }),
  StepKept: (home) => ({ type: "StepKept", at: home.at, ...home.key(rp4) }),
  StepUndone: (home) => ({ type: "StepUndone", at: home.at, ...home.key(rp4), why: "cold" }),
  HoldSet: ({ at }) => ({ type: "HoldSet", at, source: "sofa" as never, host: null }),
  HoldReleased: ({ at }) => ({ type: "HoldReleased", at, source: wall }),
  DeployAsked: ({ at }) => ({ type: "DeployAsked", at, by, now: true }),
  Approved: ({ at }) => ({ type: "Approved", at, by, group: null, host: rp4 }),
  SkipAsked: ({ at }) => ({ type: "SkipAsked", at, by, host: rp4 }),
  RetryAsked: ({ at }) => ({ type: "RetryAsked", at, by, host: rp4 }),
  AbortAsked: ({ at }) => ({ type: "AbortAsked", at, by, scope: "failed" }),
  RollbackAsked: ({ at }) => ({ type: "RollbackAsked", at, by, host: rp4 }),
  PromoteAsked: ({ at }) => ({ type: "PromoteAsked", at, by, host: rp4 }),
  FenceCleared: ({ at }) => ({ type: "FenceCleared", at, by }),
};

/** Where a subject ends up: its name, or `ignored` when the event changed nothing. */
export function outcomeOf(home: Home, event: RolloutEvent, look: (home: Home) => string): string {
  home.play(event);
  return home.last.ignored === null ? look(home) : "ignored";
}

export const stateOfRp4 = (home: Home): string =>
  home.states.find((one) => one.startsWith("rp4 "))?.slice(4) ?? "gone";
export const phaseOf = ({ state }: Home): string => state.rollout?.phase ?? "none";

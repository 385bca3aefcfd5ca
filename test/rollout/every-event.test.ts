import { describe, expect, it } from "vitest";
import {
  EVENT_TYPES,
  HOST_STATES,
  type HostState,
  ROLLOUT_PHASES,
  type RolloutEventType,
  type RolloutPhase,
} from "../../src/rollout/index.ts";
import { EVENTS, HOMES, outcomeOf, phaseOf, ROLLOUTS, stateOfRp4 } from "./every-state.ts";
import type { Home } from "./scenes.ts";

/** What an event leads to, from which states; `rest` from all others. `same`: accepted, but no other state. */
type Row<State extends string> = { readonly rest: string } & {
  readonly [Outcome in State | "ignored" | "same"]?: readonly State[];
};

const OF_HOSTS: Readonly<Record<RolloutEventType, Row<HostState>>> = {
  ReleaseVerified: {
    rest: "same",
    Staging: [
      "Staged",
      "RebootPending",
      "Rejected",
      "Failed",
      "NeedsReboot",
      "RolledBack",
      "TakenOver",
    ],
    Skipped: ["Inconsistent"],
  },
  HostReported: {
    rest: "same",
    Committing: ["Queued", "Staging", "Staged"],
    Soaking: ["RebootPending", "Activating", "Rebooting", "Verifying", "Unknown"],
  },
  HostAppeared: { rest: "same", Staging: ["Queued"] },
  HostLost: { rest: "same", ignored: ["Queued", "Deferred"] },
  ControllerStarted: { rest: "same" },
  HubConnected: { rest: "same" },
  CounterLearned: { rest: "same" },
  ForeignHubSeen: { rest: "same" },
  ClockChecked: { rest: "same" },
  Tick: {
    rest: "same",
    Deferred: ["Queued", "Staging"],
    Activating: ["Staged"],
    Rebooting: ["RebootPending"],
    Unknown: ["Activating", "Rebooting", "Verifying", "Soaking", "Committing", "RollingBack"],
    ignored: [
      "Unknown",
      "Rejected",
      "Failed",
      "NeedsReboot",
      "RolledBack",
      "TakenOver",
      "Inconsistent",
    ],
  },
  EffectsDone: { rest: "same" },
  OrderNotSent: {
    rest: "ignored",
    Skipped: ["Queued", "Staging", "Staged", "RebootPending", "Activating", "Rebooting"],
    same: ["Verifying", "Soaking", "Committing", "RollingBack"],
  },
  PlanChanged: { rest: "same" },
  GateJudged: { rest: "ignored", RollingBack: ["Soaking"] },
  TrialAsked: { rest: "ignored" },
  StepKept: { rest: "ignored", Committing: ["Soaking"] },
  StepUndone: { rest: "ignored", RollingBack: ["Activating", "Rebooting", "Verifying", "Soaking"] },
  HoldSet: { rest: "same" },
  HoldReleased: { rest: "ignored", Activating: ["Staged"], Rebooting: ["RebootPending"] },
  DeployAsked: { rest: "same" },
  Approved: {
    rest: "ignored",
    same: [
      "Queued",
      "Staging",
      "Staged",
      "Activating",
      "Verifying",
      "Soaking",
      "Committing",
      "RollingBack",
      "Unknown",
    ],
  },
  SkipAsked: {
    rest: "ignored",
    Skipped: ["Queued", "Staging", "Staged", "RebootPending"],
    same: [
      "Unknown",
      "Rejected",
      "Failed",
      "NeedsReboot",
      "RolledBack",
      "TakenOver",
      "Inconsistent",
    ],
  },
  RetryAsked: {
    rest: "ignored",
    Staging: [
      "Skipped",
      "Canceled",
      "Rejected",
      "Failed",
      "NeedsReboot",
      "RolledBack",
      "TakenOver",
      "Inconsistent",
    ],
  },
  AbortAsked: {
    rest: "same",
    Canceled: ["Queued", "Staging", "Staged", "RebootPending"],
    RollingBack: ["Activating", "Rebooting", "Verifying", "Soaking"],
  },
  RollbackAsked: { rest: "ignored" },
  PromoteAsked: { rest: "ignored", Committing: ["Soaking"] },
  FenceCleared: { rest: "ignored" },
};

const OF_ROLLOUTS: Readonly<Record<RolloutEventType, Row<RolloutPhase>>> = {
  ReleaseVerified: { rest: "same", Progressing: ["Finalising", "Completed"] },
  HostReported: { rest: "same" },
  HostAppeared: { rest: "same" },
  HostLost: { rest: "same" },
  ControllerStarted: { rest: "same" },
  HubConnected: { rest: "same" },
  CounterLearned: { rest: "same" },
  ForeignHubSeen: { rest: "same" },
  ClockChecked: { rest: "same" },
  Tick: {
    rest: "same",
    ignored: ["Finalising", "Completed"],
    Completed: ["Aborting", "RollingBack"],
  },
  EffectsDone: { rest: "same" },
  OrderNotSent: {
    rest: "ignored",
    same: ["Pending", "Progressing", "Aborting"],
    Completed: ["RollingBack"],
  },
  PlanChanged: { rest: "same" },
  GateJudged: { rest: "ignored" },
  TrialAsked: { rest: "ignored" },
  StepKept: { rest: "ignored" },
  StepUndone: { rest: "ignored", same: ["Progressing"] },
  HoldSet: { rest: "same" },
  HoldReleased: { rest: "ignored" },
  DeployAsked: { rest: "same", Progressing: ["Pending"], ignored: ["Completed"] },
  Approved: { rest: "same", ignored: ["Finalising", "Completed"] },
  SkipAsked: { rest: "ignored", same: ["Pending"], Completed: ["RollingBack"] },
  RetryAsked: { rest: "ignored" },
  AbortAsked: { rest: "ignored", Completed: ["Pending", "Finalising"], Aborting: ["Progressing"] },
  RollbackAsked: { rest: "ignored" },
  PromoteAsked: { rest: "ignored" },
  FenceCleared: { rest: "ignored" },
};

function expected<State extends string>({ rest, ...named }: Row<State>, state: State): string {
  const found = Object.entries(named as Record<string, readonly State[]>).find(([, states]) =>
    states.includes(state),
  );
  const outcome = found?.[0] ?? rest;
  return outcome === "same" ? state : outcome;
}

function tableOf<State extends string>(
  states: readonly State[],
  homes: Readonly<Record<State, () => Home>>,
  look: (home: Home) => string,
) {
  return EVENT_TYPES.flatMap((type) =>
    states.map((state) => {
      const home = homes[state]();
      const before = look(home);
      return { type, state, before, after: outcomeOf(home, EVENTS[type](home), look), home };
    }),
  );
}

describe("every event in every state of a host", () => {
  it.each(tableOf(HOST_STATES, HOMES, stateOfRp4))(
    "$type at $state",
    ({ type, state, before, after, home }) => {
      expect(before).toBe(state);
      expect(after).toBe(expected(OF_HOSTS[type], state));
      if (after === "ignored") expect(home.last.ignored).toMatch(/\w+ \w+/);
    },
  );
});

describe("every event in every phase of a rollout", () => {
  it.each(tableOf(ROLLOUT_PHASES, ROLLOUTS, phaseOf))(
    "$type at $state",
    ({ type, state, before, after }) => {
      expect(before).toBe(state);
      expect(after).toBe(expected(OF_ROLLOUTS[type], state));
    },
  );
});

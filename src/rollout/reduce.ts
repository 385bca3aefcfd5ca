import type { EpochMs } from "../contract/index.ts";
import { advance } from "./advance.ts";
import { freshEntries } from "./begin.ts";
import { tendDeadlines, tendTime } from "./clock.ts";
import * as control from "./control.ts";
import type { RolloutEffect } from "./effect.ts";
import type { RolloutEvent, RolloutEventType } from "./event.ts";
import * as gate from "./gate-events.ts";
import { makeTree } from "./host-tree.ts";
import * as hosts from "./hosts.ts";
import * as hub from "./hub-events.ts";
import { orderNotSent } from "./not-sent.ts";
import { releaseVerified } from "./offer.ts";
import type { Plan } from "./plan.ts";
import { retryAsked } from "./retry.ts";
import type { RolloutState } from "./rollout-state.ts";
import { Turn } from "./turn.ts";
import { windowsAt } from "./windows-now.ts";

export interface Reduction {
  readonly state: RolloutState;
  readonly effects: readonly RolloutEffect[];
  /** Why the event changed nothing; null when it did. */
  readonly ignored: string | null;
}

type Handlers = {
  readonly [Type in RolloutEventType]: (
    turn: Turn,
    event: Extract<RolloutEvent, { type: Type }>,
  ) => hosts.Ignored;
};

const HANDLERS: Handlers = {
  ReleaseVerified: (turn, { release }) => releaseVerified(turn, release),
  HostReported: (turn, { report, live }) => hosts.hostReported(turn, report, live),
  HostAppeared: (turn, { host, session }) => hosts.hostAppeared(turn, host, session),
  HostLost: (turn, { host, session }) => hosts.hostLost(turn, host, session),
  ControllerStarted: (turn, { session }) => hub.controllerStarted(turn, session),
  HubConnected: (turn, { session }) => hub.hubConnected(turn, session),
  CounterLearned: (turn, { counter }) => hub.counterLearned(turn, counter),
  ForeignHubSeen: (turn, { instance }) => hub.foreignHubSeen(turn, instance),
  FenceCleared: (turn) => hub.fenceCleared(turn),
  ClockChecked: (turn, { synchronised }) => hub.clockChecked(turn, synchronised),
  PlanChanged: (turn, { plan }) => hub.planChanged(turn, plan),
  EffectsDone: (turn, { ids }) => hub.effectsDone(turn, ids),
  OrderNotSent: orderNotSent,
  Tick: (turn) => {
    tendDeadlines(turn);
    return null;
  },
  GateJudged: gate.gateJudged,
  TrialAsked: gate.trialAsked,
  StepKept: gate.stepKept,
  StepUndone: gate.stepUndone,
  HoldSet: control.holdSet,
  HoldReleased: control.holdReleased,
  DeployAsked: control.deployAsked,
  Approved: control.approved,
  SkipAsked: control.skipAsked,
  RetryAsked: retryAsked,
  AbortAsked: control.abortAsked,
  RollbackAsked: control.rollbackAsked,
  PromoteAsked: control.promoteAsked,
};

/**
 * Who goes next (DESIGN 8): the one pure step of the rollout. Never throws; an event that is unknown,
 * late or impossible leaves the state as it is and says why in `ignored`.
 */
export function reduce(state: RolloutState, event: RolloutEvent): Reduction {
  if (!Object.hasOwn(HANDLERS, event.type))
    return ignored(state, `${event.type} is no known event`);
  const turn = new Turn(state, event.at);
  tendTime(turn);
  const handle = HANDLERS[event.type] as (turn: Turn, event: RolloutEvent) => hosts.Ignored;
  const why = handle(turn, event);
  if (why !== null) return ignored(state, why);
  tendTime(turn);
  advance(turn);
  if (event.type === "GateJudged") gate.forgetPreflight(turn, event);
  const next = turn.end();
  if (event.type === "Tick" && isSame(state, next)) return ignored(state, "nothing was due");
  return { state: next, effects: turn.effects, ignored: null };
}

const ignored = (state: RolloutState, why: string): Reduction => ({
  ...{ state, effects: [], ignored: why },
});

/** Apart from the time. */
const isSame = (before: RolloutState, after: RolloutState): boolean =>
  (Object.keys(before) as (keyof RolloutState)[]).every(
    (key) => key === "at" || before[key] === after[key],
  );

/** A hub that remembers nothing yet. */
export function newRolloutState(plan: Plan, at: EpochMs): RolloutState {
  return {
    ...{ v: 5, plan, at, newestSerial: 0, lastCounter: 0, session: null },
    ...{ clockSynchronised: true, fenced: null, reconciling: null, holds: [] },
    ...windowsAt(plan, at),
    hosts: makeTree(freshEntries(plan)),
    ...{ rollout: null, next: null, outbox: [] },
  };
}

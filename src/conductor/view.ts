import type { EpochMs, HostName, RolloutStatus, SessionId } from "../contract/index.ts";
import type { Verdict } from "../gate/index.ts";
import type { Situation } from "../people/index.ts";
import {
  entriesOf,
  type HostEntry,
  type HostStep,
  isEnd,
  isTrial,
  opensAt,
  plainReason,
  type Reason,
  type RolloutNow,
  type RolloutState,
  rolloutNow,
  statusOf,
} from "../rollout/index.ts";
import type { Recovered } from "../store/index.ts";
import type { HostView, HubView, KnownRelease } from "./conductor.ts";
import type { Facts, HostFact } from "./host-facts.ts";
import type { OpenQuestion } from "./open-question.ts";

export interface Seen {
  readonly at: EpochMs;
  readonly isConnected: boolean;
  readonly isLearning: boolean;
  readonly session: SessionId;
  readonly state: RolloutState;
  readonly facts: Facts;
  readonly verdict: Verdict | null;
  readonly recovered: Recovered | null;
  readonly questions: readonly OpenQuestion[];
  readonly releaseOf: (path: HostEntry["current"]) => KnownRelease | null;
}

/** What walks over all hosts is made when somebody looks at it, once: most changes are looked at by nobody. */
export class LazyView implements HubView {
  readonly at: EpochMs;
  readonly isConnected: boolean;
  readonly isLearning: boolean;
  readonly session: SessionId;
  readonly state: RolloutState;
  readonly recovered: Recovered | null;
  readonly #seen: Seen;
  #status: RolloutStatus | null | undefined;
  #situation: Situation | undefined;
  #hosts: readonly HostView[] | undefined;

  constructor(seen: Seen) {
    this.#seen = seen;
    this.at = seen.at;
    this.isConnected = seen.isConnected;
    this.isLearning = seen.isLearning;
    this.session = seen.session;
    this.state = seen.state;
    this.recovered = seen.recovered;
  }

  get status(): RolloutStatus | null {
    this.#status ??= withQuestion(
      statusOf(this.state, this.session, this.at),
      this.#seen.questions,
      plainReason,
    );
    return this.#status;
  }

  get situation(): Situation {
    this.#situation ??= situationOf(this, this.#seen);
    return this.#situation;
  }

  get hosts(): readonly HostView[] {
    this.#hosts ??= entriesOf(this.state.hosts).map((entry) => hostView(entry, this.#seen));
    return this.#hosts;
  }
}

/** A step that waits for a person's word in the wires waits for everybody to see: on the wire, on phones, on the page. */
function withQuestion<Why, Told extends RolloutNow | RolloutStatus>(
  status: Told | null,
  questions: readonly OpenQuestion[],
  wordsOf: (why: Reason) => Why,
): Told | null {
  if (status === null || status.phase === "Completed") return status;
  const condition = "ApprovalRequired";
  const open = questions.find(({ rollout }) => rollout === status.rollout);
  if (!open || status.paused.some((one) => one.condition === condition)) return status;
  const pause = { condition, since: open.since, why: wordsOf(open.why) };
  return { ...status, paused: [...status.paused, pause] };
}

function situationOf({ at, session, state }: HubView, { verdict, questions }: Seen): Situation {
  const { holds } = state;
  const status = withQuestion(rolloutNow(state, session, at), questions, (why) => why);
  return {
    ...{ at, status, verdict },
    trialEnds: trialEnds(state),
    holds: holds.map(({ source, host, since, until }) => ({ source, host, since, until })),
    opensAt: opensAt(state),
  };
}

/** Hosts in trial, and when each ends it at the latest. */
export const trialEnds = ({
  hosts,
}: RolloutState): readonly { readonly host: HostName; readonly at: EpochMs }[] =>
  entriesOf(hosts).flatMap(({ host, step }) => {
    if (!step?.lease || !isTrial(step.state)) return [];
    return [{ host, at: (step.lease.since + step.lease.lasts) as EpochMs }];
  });

function hostView(entry: HostEntry, { facts, releaseOf }: Seen): HostView {
  const { host, online, step, drift, locked, current } = entry;
  const fact: HostFact | undefined = facts.get(host);
  const reported = fact?.reported ?? null;
  return {
    ...{ host, online, reported, drift },
    isLive: fact?.isLive ?? false,
    progress: progressOf(step, fact),
    running: releaseOf(reported ? reported.current : current),
    stepState: step?.state ?? null,
    rebootNeeded: reported?.rebootRequired === true || step?.state === "NeedsReboot",
    isLocked: locked,
  };
}

function progressOf(step: HostStep | null, fact: HostFact | undefined): HostView["progress"] {
  const progress = fact?.progress ?? null;
  if (!step || !progress || isEnd(step.state)) return null;
  return progress.attempt === step.attempt ? progress : null;
}

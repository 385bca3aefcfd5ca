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

/** The question that people are told of: of one rollout, and where nothing else asks for an approval. */
function questionOf(
  status: RolloutNow | RolloutStatus | null,
  questions: readonly OpenQuestion[],
): OpenQuestion | null {
  if (status === null || status.phase === "Completed") return null;
  if (status.paused.some(({ condition }) => condition === "ApprovalRequired")) return null;
  return questions.find(({ rollout }) => rollout === status.rollout) ?? null;
}

/** A step that waits for a person's word in the wires waits for everybody to see: on the wire, on phones, on the page. */
function withQuestion<Why, Told extends RolloutNow | RolloutStatus>(
  status: Told | null,
  questions: readonly OpenQuestion[],
  wordsOf: (why: Reason) => Why,
): Told | null {
  const open = questionOf(status, questions);
  if (status === null || open === null) return status;
  const pause = { condition: "ApprovalRequired", since: open.since, why: wordsOf(open.why) };
  return { ...status, paused: [...status.paused, pause] };
}

function situationOf({ at, session, state }: HubView, { verdict, questions }: Seen): Situation {
  const { holds } = state;
  const now = rolloutNow(state, session, at);
  const status = withQuestion(now, questions, (why) => why);
  return {
    ...{ at, status, verdict, asked: questionOf(now, questions)?.host ?? null },
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

import type {
  EpochMs,
  HostName,
  NixwaveError,
  Progress,
  Release,
  Reported,
  RolloutStatus,
  Serial,
  SessionId,
  StorePath,
} from "../contract/index.ts";
import type { GatePlan, GateState, Verdict } from "../gate/index.ts";
import type { Notification, PhoneButton, Pressed, Situation } from "../people/index.ts";
import type { Announcement, Plan, RolloutState, StepKey } from "../rollout/index.ts";
import type { HistoryEntry, Recovered } from "../store/index.ts";
import type { Answer, Asked } from "./asked.ts";
import type { Brought } from "./bring-release.ts";
import type { Decided } from "./decided.ts";

export type { Answer, Asked, Verb } from "./asked.ts";
export type { Decided, Decision } from "./decided.ts";

import type { GateTrace } from "./seat-trace.ts";

/**
 * The hub's shell around rollout, gates and journal: what happened is durable first, then reduced, then carried
 * out (DESIGN 8). It knows nothing of Node-RED; the nodes are its hands. No method throws on what it is told;
 * what it cannot do it says in its answer (`bring` alone rejects when the broker does not keep it).
 */
export interface Conductor {
  /** Everything as it stands; a new object after each change. */
  readonly view: HubView;
  /** Called with the view now, and after each change, at most ten times a second. @returns stops */
  watch(listener: (view: HubView) => void): () => void;
  /** What happened, in order; after a restart what nobody had marked as done comes again. @returns stops */
  onHappened(listener: (happened: Happened) => void): () => void;
  /** What was decided, once each, for logs and metrics: takes nothing from those who are told what happened. @returns stops */
  onDecided(listener: (decided: Decided) => void): () => void;
  /** Failures that nobody awaits: a refused message, a broker's refusal, a full disk. @returns stops */
  onFailed(listener: (error: NixwaveError) => void): () => void;
  /** The release topic, as it comes and again after each connect; nothing begins by it: wires decide what is offered. @returns stops */
  onRelease(listener: (release: Release) => void): () => void;
  /** What of a release is verified; begins nothing. */
  examine(release: Release): Examined;
  /** A release as it came; each of its statements is verified by itself. */
  offer(release: Release): Offered;
  /** Puts a release from elsewhere on the release topic, unless something newer is there. @throws NixwaveError as the bus */
  bring(release: Release): Promise<Brought>;
  /** What a person, a switch or a program asks for. */
  ask(asked: Asked): Answer;
  /** The wires' part (DESIGN 10): only an attempt whose turn it is can be tried, kept or undone. */
  readonly step: {
    tryOn(key: StepKey): Answer;
    keep(key: StepKey): Answer;
    undo(key: StepKey, why: string): Answer;
  };
  /**
   * A question of the wires. People are told as of an approval that is waited for; an `approve` or `skip` (which
   * refuses) for its host, or an `approve` for whatever asks now, answers it before the rollout is asked.
   * @returns withdraws it
   */
  pose(question: Question, onAnswer: (answer: QuestionAnswer) => void): () => void;
  /** The rollout node's plan; it applies from the next rollout on, at once when none is under way. */
  setPlan(plan: Plan): void;
  /**
   * A sensor gate that listens from now on; what it had counted under this name is found again, unless its plan
   * has changed. Opening a name again replaces it.
   */
  openGate(name: string, plan: GatePlan, prometheus: URL | null): GateSeat;
  /** What the open gates heard lately; of no promise, for people who look. */
  gates(): readonly GateTrace[];
  /** Buttons on phones. */
  readonly phone: Phone;
  /** What nodes must not forget. */
  readonly notes: Notes;
  /** Rollouts that have ended, newest first. */
  history(limit: number): readonly HistoryEntry<PastRollout>[];
  /** Ends within 5 s; what was heard is on disk. */
  close(): Promise<void>;
}

/**
 * A button's token works once, for a day, for the rollout and host it was given out for, and only as long as no newer
 * notification took the place of its own (hold and abort: as long as the rollout is the same). Only its hash is kept.
 */
export interface Phone {
  /**
   * A notification goes out under this id.
   * @returns a token for each of its buttons; none where it speaks of a rollout that is not the one of now @throws NixwaveError hub-state-failed
   */
  mint(about: string, buttons: readonly PhoneButton[]): readonly string[];
  /** A token came back. Consumed durably before it acts. @param press the server's id of the message */
  press(token: string, press: string): Pressed;
}

/** Survive a restart, also of Node-RED. Never throw; a disk that fails is told through `onFailed`. */
export interface Notes {
  keep(name: string, value: unknown): void;
  recall(name: string): unknown;
  forget(name: string): void;
}

export interface HubView {
  readonly at: EpochMs;
  readonly isConnected: boolean;
  /** It has no journal and hears first what the broker holds; until then it orders nothing and takes no request. */
  readonly isLearning: boolean;
  readonly session: SessionId;
  readonly state: RolloutState;
  /** As everybody is told; null before the first release. */
  readonly status: RolloutStatus | null;
  /** For `people`: holds in force, when trials end, when the window opens, the gate's last verdict. */
  readonly situation: Situation;
  /** In the order in which they activate. */
  readonly hosts: readonly HostView[];
  /** The journal was begun anew; what was lost and where it lies. */
  readonly recovered: Recovered | null;
}

export interface HostView {
  readonly host: HostName;
  readonly online: boolean;
  /** The last report; null when none was ever heard. */
  readonly reported: Reported | null;
  /** Heard over a connection, not a retained copy. */
  readonly isLive: boolean;
  /** Of the attempt under way; null otherwise. */
  readonly progress: Progress | null;
  /** The release it runs; null when no release known here has this path. */
  readonly running: KnownRelease | null;
  /** Its host state in the rollout under way or the last one (`HOST_STATES`); null: takes no part. */
  readonly stepState: string | null;
  readonly drift: "none" | "drifted" | "taken-over";
  readonly rebootNeeded: boolean;
  /** Automation keeps away from it until a person says `retry`. */
  readonly isLocked: boolean;
}

export interface KnownRelease {
  readonly serial: Serial;
  readonly title: string | null;
  readonly issued: EpochMs;
}

export interface Happened {
  readonly announcement: Announcement;
  /** When it was announced. */
  readonly view: HubView;
  /** Null for what concerns machines alone. */
  readonly notification: Notification | null;
}

/** One answer for a whole release; a bad statement does not take the good ones with it. */
export interface Offered {
  readonly serial: Serial | null;
  readonly title: string | null;
  readonly accepted: readonly HostName[];
  readonly refused: readonly { readonly code: string; readonly message: string }[];
}

export interface Examined extends Offered {
  readonly hosts: readonly { readonly host: HostName; readonly storePath: StorePath }[];
}

export interface Question {
  readonly key: StepKey;
  /** In the user's own words; "" for the usual ones. */
  readonly text: string;
  /** Null: it waits as long as the step does. */
  readonly until: EpochMs | null;
}

export interface QuestionAnswer {
  readonly approved: boolean;
  /** Who, for the story. */
  readonly by: string;
}

/** A gate's place in the flow; runs are named by their step. */
export interface GateSeat {
  readonly state: GateState;
  /** Is the house healthy now, before the trial? Freezes the baseline. Answers through `onSaid`. */
  judgeBefore(key: StepKey): void;
  /** Watches the trial from the host's own report on; asked again for the same attempt it goes on, or says again what it said. */
  judgeAfter(key: StepKey, activatedAt: EpochMs): void;
  /** @returns stops */
  onSaid(listener: (said: GateSaid) => void): () => void;
  /** Told on each change of what is counted, at most once a second. @returns stops */
  onCounted(listener: (state: GateState) => void): () => void;
  close(): void;
}

export interface GateSaid {
  readonly key: StepKey;
  readonly place: "before" | "after";
  /** A dry run is healthy whatever it would have said; `verdict` tells. */
  readonly outcome: "healthy" | "unhealthy" | "no-verdict";
  /** Null when a house was healthy before the trial. */
  readonly verdict: Verdict | null;
  readonly why: string;
}

/** What is remembered of a rollout for a year. */
export interface PastRollout {
  readonly status: RolloutStatus;
  readonly startedAt: EpochMs;
}

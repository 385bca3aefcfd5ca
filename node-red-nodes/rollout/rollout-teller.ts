import type { Conductor, Happened, HubView } from "../../src/conductor/index.ts";
import { type Language, rolloutStatusText } from "../../src/people/index.ts";
import {
  type Announcement,
  plainReason,
  type Rollout,
  rolloutNow,
  type StepKey,
  stepsOf,
} from "../../src/rollout/index.ts";
import type { FlowMessage, RedNode } from "../runtime/red.ts";
import { standOf } from "../shared-by-nodes/stand-of.ts";
import { nameOfStep } from "../shared-by-nodes/step-message.ts";

type StepStarted = Extract<Announcement, { type: "StepStarted" }>;

interface RolloutTellerOptions {
  readonly node: RedNode;
  readonly conductor: Conductor;
  readonly language: Language;
  /** Shown while nothing is under way. */
  readonly trouble: string | null;
  /** Shown as long as the rollout goes on whose order is another one than the node's. */
  readonly later: string | null;
}

/** Two hubs: nothing is ordered, though no rollout is under way that could say so. */
const FENCED: Parameters<typeof rolloutStatusText>[0] = {
  ...{ phase: "Pending", completion: null, hosts: [] },
  paused: [{ condition: "Fenced" }],
};

/** What the rollout node says on its outputs and below itself. */
export class RolloutTeller {
  readonly #node: RedNode;
  readonly #conductor: Conductor;
  readonly #language: Language;
  readonly #trouble: string | null;
  readonly #later: string | null;
  /** Whose order it was when this node began. */
  readonly #rolloutThen: string | null;
  /** Said again when this node began; their own announcement may still come. */
  readonly #resumed = new Set<string>();

  constructor({ node, conductor, language, trouble, later }: RolloutTellerOptions) {
    this.#node = node;
    this.#conductor = conductor;
    this.#language = language;
    this.#trouble = trouble;
    this.#later = later;
    this.#rolloutThen = conductor.view.state.rollout?.id ?? null;
  }

  /** Steps are at least once: what is open when the flow starts is said again (DESIGN 10). */
  resume(): void {
    const { state } = this.#conductor.view;
    const { rollout } = state;
    if (!rollout) return;
    for (const { host, attempt, target } of stepsOf(state)) {
      const key = { rollout: rollout.id, host, attempt };
      if (!this.#isOpen(key)) continue;
      this.#resumed.add(nameOfStep(key));
      this.#sendStep(key, target, true);
    }
  }

  tell({ announcement }: Happened): void {
    if (announcement.type === "StepStarted") this.#started(announcement);
    if (announcement.type === "RolloutEnded") this.#ended(announcement.rollout);
  }

  show({ state, session, at }: HubView): void {
    const isUnderWay = state.rollout !== null && state.rollout.phase !== "Completed";
    if (!isUnderWay && this.#trouble !== null) {
      this.#node.status({ fill: "yellow", shape: "ring", text: this.#trouble });
      return;
    }
    const isFenced = state.fenced !== null && !isUnderWay; // a rollout says it itself
    const now = isFenced ? FENCED : rolloutNow(state, session, at);
    const shown = rolloutStatusText(now, this.#language, state.next !== null);
    const isLater = this.#later !== null && state.rollout?.id === this.#rolloutThen;
    // A pause or a failure is worth more than a hint.
    const text = isUnderWay && isLater && shown.fill === "blue" ? this.#later : null;
    this.#node.status(text === null ? shown : { ...shown, text });
  }

  #started(step: StepStarted): void {
    const { rollout, host, attempt, target, resumed } = step;
    const key = { rollout, host, attempt };
    if (this.#resumed.delete(nameOfStep(key)) && !resumed) return;
    if (resumed && !this.#isOpen(key)) return; // kept or undone meanwhile: wires have no more say in it
    this.#sendStep(key, target, resumed);
  }

  #isOpen(key: StepKey): boolean {
    const { kind } = standOf(this.#conductor.view.state, key);
    return kind === "before" || kind === "trying" || kind === "running";
  }

  #sendStep(key: StepKey, storePath: string, resumed: boolean): void {
    const { trialEnds } = this.#conductor.view.situation;
    const deadline = trialEnds.find(({ host }) => host === key.host)?.at ?? null;
    const payload = { host: key.host, storePath };
    this.#node.send([{ payload, topic: key.host, nixwave: { ...key, resumed, deadline } }]);
  }

  /** Output 2: done; output 3: it ended otherwise. */
  #ended(rollout: Rollout): void {
    const message: FlowMessage = { payload: this.#summary(rollout) };
    const { completion } = rollout;
    const isDone = completion === "Promoted" || completion === "PartiallyPromoted";
    this.#node.send(isDone ? [null, message, null] : [null, null, message]);
  }

  #summary({ id, serial, title, completion, why }: Rollout) {
    const { state } = this.#conductor.view;
    const steps = state.rollout?.id === id ? stepsOf(state) : [];
    return {
      ...{ rollout: id, serial, title, completion, why: plainReason(why) },
      hosts: steps.map((one) => ({
        host: one.host,
        state: one.state,
        storePath: one.target,
        why: plainReason(one.why),
      })),
    };
  }
}

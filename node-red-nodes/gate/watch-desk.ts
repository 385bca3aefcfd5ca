import type { Conductor, GateSaid, GateSeat, HubView } from "../../src/conductor/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import type { StepKey } from "../../src/rollout/index.ts";
import type { FlowMessage, RedNode } from "../runtime/red.ts";
import { standOf } from "../shared-by-nodes/stand-of.ts";
import { nameOfStep, stepKeyIn, withFindings } from "../shared-by-nodes/step-message.ts";

interface Waiting {
  readonly key: StepKey;
  readonly message: FlowMessage;
  readonly done: (error?: Error) => void;
}

const OUTPUTS = ["healthy", "unhealthy", "no-verdict"] as const;

/** Messages that wait for what the gate says of their step. */
export class WatchDesk {
  readonly #node: RedNode;
  readonly #conductor: Conductor;
  readonly #seat: GateSeat;
  readonly #place: "before" | "after";
  readonly #waiting = new Map<string, Waiting>();

  constructor(node: RedNode, conductor: Conductor, seat: GateSeat, place: "before" | "after") {
    this.#node = node;
    this.#conductor = conductor;
    this.#seat = seat;
    this.#place = place;
  }

  /** @throws NixwaveError when the message is no step, or there is nothing to judge now */
  take(message: FlowMessage, done: Waiting["done"]): void {
    const key = stepKeyIn(message);
    const stand = standOf(this.#conductor.view.state, key);
    if (this.#place === "before") {
      // A step that is resumed in its trial was let through here before.
      if (stand.kind === "trying" || stand.kind === "running") this.#passOn(message, done);
      else {
        this.#wait(key, message, done);
        this.#seat.judgeBefore(key);
      }
      return;
    }
    if (stand.kind === "decided") {
      done(); // somebody was quicker; the host's own report says how it ends
      return;
    }
    if (stand.kind !== "running") {
      const why = stand.kind === "unknown" ? stand.why : `${key.host} is ${stand.step.state}`;
      throw new NixwaveError("not-in-trial", `${why}: the gate comes after "try on host"`);
    }
    this.#wait(key, message, done);
    this.#seat.judgeAfter(key, stand.step.since);
  }

  said({ key, place, outcome, verdict, why }: GateSaid): void {
    if (place !== this.#place) return;
    const waiting = this.#taken(nameOfStep(key));
    if (!waiting) return;
    const message = withFindings(waiting.message, { outcome, why, verdict });
    this.#node.send(OUTPUTS.map((output) => (output === outcome ? message : null)));
    waiting.done();
  }

  /** A step that somebody else has ended is watched no more. */
  look({ state }: HubView): void {
    for (const [name, { key }] of this.#waiting) {
      const { kind } = standOf(state, key);
      const isOver = kind === "unknown" || kind === "ended" || kind === "failed";
      if (isOver || kind === "decided") this.#taken(name)?.done();
    }
  }

  close(): void {
    for (const { done } of this.#waiting.values()) done();
    this.#waiting.clear();
  }

  #wait(key: StepKey, message: FlowMessage, done: Waiting["done"]): void {
    this.#taken(nameOfStep(key))?.done();
    this.#waiting.set(nameOfStep(key), { key, message, done });
  }

  #passOn(message: FlowMessage, done: Waiting["done"]): void {
    this.#node.send([message, null, null]);
    done();
  }

  #taken(name: string): Waiting | undefined {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    return waiting;
  }
}

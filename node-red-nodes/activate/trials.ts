import type { Conductor, HubView } from "../../src/conductor/index.ts";
import type { Language } from "../../src/people/index.ts";
import { plainReason, type ShownStep, type StepKey } from "../../src/rollout/index.ts";
import type { FlowMessage, NodeStatus, RedNode } from "../runtime/red.ts";
import { type Stand, standOf } from "../shared-by-nodes/stand-of.ts";
import { type StatusWord, say } from "../shared-by-nodes/status-words.ts";
import { nameOfStep, stepKeyIn, withFindings } from "../shared-by-nodes/step-message.ts";

interface Waiting {
  readonly key: StepKey;
  readonly message: FlowMessage;
  readonly done: (error?: Error) => void;
}

/** Messages whose trial has been ordered and whose host has not answered yet. */
export class Trials {
  readonly #node: RedNode;
  readonly #conductor: Conductor;
  readonly #language: Language;
  readonly #waiting = new Map<string, Waiting>();

  constructor(node: RedNode, conductor: Conductor, language: Language) {
    this.#node = node;
    this.#conductor = conductor;
    this.#language = language;
    this.#show("grey", "idle");
  }

  /** @throws NixwaveError when the message is no step, or the step is not to be tried now */
  take(message: FlowMessage, done: Waiting["done"]): void {
    const key = stepKeyIn(message);
    const name = nameOfStep(key);
    this.#waiting.get(name)?.done(); // said twice: the newer message goes on
    this.#waiting.set(name, { key, message, done });
    const stand = standOf(this.#conductor.view.state, key);
    if (stand.kind === "before") this.#order(name, key);
    else this.#settle(name, stand);
  }

  look({ state }: HubView): void {
    for (const [name, { key }] of this.#waiting) {
      const stand = standOf(state, key);
      if (stand.kind === "before" && !stand.step.trialAsked) this.#order(name, key);
      else this.#settle(name, stand);
    }
  }

  /** Their steps are said again when the flow has started anew. */
  close(): void {
    for (const { done } of this.#waiting.values()) done();
    this.#waiting.clear();
  }

  #order(name: string, key: StepKey): void {
    this.#show("blue", "trying", key.host);
    const { accepted, code, message } = this.#conductor.step.tryOn(key);
    // Asked before a redeploy and waiting for a pause to end: it is under way, not refused.
    if (accepted || code === "hub-not-ready" || isAskedAlready(this.#conductor, key)) return;
    this.#drop(name, "notItsTurn", `${code ?? ""} ${message}`);
  }

  #settle(name: string, stand: Stand): void {
    switch (stand.kind) {
      case "before":
      case "trying":
        return;
      case "running":
        this.#pass(name, stand.step, true);
        return;
      case "failed":
        this.#pass(name, stand.step, false);
        return;
      case "decided":
        if (stand.step.state === "Committing") this.#drop(name, "elsewhere", null);
        return; // on its way back: its own report says how that ended
      case "ended":
        this.#drop(name, "elsewhere", null);
        return;
      case "unknown":
        this.#drop(name, "notItsTurn", stand.why);
    }
  }

  #pass(name: string, step: ShownStep, isRunning: boolean): void {
    const waiting = this.#taken(name);
    if (!waiting) return;
    const { message, done } = waiting;
    const { host, state } = step;
    const why = plainReason(step.why);
    withFindings(message, { state, why });
    this.#show(isRunning ? "green" : "red", isRunning ? "running" : "failed", host);
    this.#node.send(isRunning ? [message, null] : [null, message]);
    done();
  }

  /** Nothing more comes of it; `why` is for people, null when that is as it should be. */
  #drop(name: string, word: StatusWord, why: string | null): void {
    const waiting = this.#taken(name);
    if (!waiting) return;
    this.#show(why === null ? "grey" : "yellow", word, waiting.key.host);
    if (why !== null) this.#node.warn(`${waiting.key.host}: ${why.trim()}`);
    waiting.done();
  }

  #taken(name: string): Waiting | undefined {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    return waiting;
  }

  #show(fill: NodeStatus["fill"], word: StatusWord, host = ""): void {
    const shape = fill === "yellow" ? "ring" : "dot";
    this.#node.status({ fill, shape, text: say(this.#language, word, { host }) });
  }
}

function isAskedAlready({ view }: Conductor, key: StepKey): boolean {
  const stand = standOf(view.state, key);
  return stand.kind !== "unknown" && stand.kind !== "ended" && stand.step.trialAsked;
}

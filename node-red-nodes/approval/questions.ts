import type { Conductor, HubView, QuestionAnswer } from "../../src/conductor/index.ts";
import { type EpochMs, instant, NixwaveError } from "../../src/contract/index.ts";
import type { Language } from "../../src/people/index.ts";
import type { StepKey } from "../../src/rollout/index.ts";
import type { Deadlines } from "../fleet/deadlines.ts";
import type { FlowMessage, NodeStatus, RedNode } from "../runtime/red.ts";
import { guarded } from "../shared-by-nodes/on-input.ts";
import { standOf } from "../shared-by-nodes/stand-of.ts";
import { type StatusWord, say } from "../shared-by-nodes/status-words.ts";
import { isStep, nameOfStep, stepKeyIn, withFindings } from "../shared-by-nodes/step-message.ts";
import { type AskPolicy, answerIn } from "./ask-policy.ts";

interface Asked {
  readonly key: StepKey;
  readonly message: FlowMessage;
  readonly done: (error?: Error) => void;
  readonly withdraw: () => void;
}

interface QuestionsOptions {
  readonly node: RedNode;
  readonly conductor: Conductor;
  readonly language: Language;
  readonly policy: AskPolicy;
  /** Where deadlines outlive a restart. */
  readonly deadlines: Deadlines | null;
}

type Decision = "approved" | "refused" | "expired";
const OUTPUTS: readonly Decision[] = ["approved", "refused", "expired"];
const FILL = { approved: "green", refused: "red", expired: "yellow" } as const;

/** Questions that wait for an answer, one for each step. */
export class Questions {
  readonly #node: RedNode;
  readonly #conductor: Conductor;
  readonly #language: Language;
  readonly #policy: AskPolicy;
  readonly #deadlines: Deadlines | null;
  readonly #asked = new Map<string, Asked>();

  constructor({ node, conductor, language, policy, deadlines }: QuestionsOptions) {
    this.#node = node;
    this.#conductor = conductor;
    this.#language = language;
    this.#policy = policy;
    this.#deadlines = deadlines;
    this.#show("grey", "idle");
  }

  /** A step asks; any other message answers. @throws NixwaveError for what is neither */
  take(message: FlowMessage, done: Asked["done"]): void {
    const answer = answerIn(message.payload);
    if (answer !== null) {
      this.#answered(this.#meant(message), { approved: answer, by: byIn(message) });
      done();
      return;
    }
    if (!isStep(message)) {
      throw new NixwaveError(
        "invalid-field",
        "the payload is neither a step nor approve or refuse",
      );
    }
    this.#ask(stepKeyIn(message), message, done);
  }

  /** Nobody needs to answer for a step that is over. */
  look({ state }: HubView): void {
    for (const [name, { key }] of this.#asked) {
      const { kind } = standOf(state, key);
      if (kind === "before" || kind === "trying" || kind === "running") continue;
      this.#deadlines?.forget(this.#nameHere(name));
      this.#taken(name)?.done();
      this.#show("grey", "elsewhere");
    }
  }

  /** Their steps are said again, and so asked again, when the flow has started anew. */
  close(): void {
    for (const name of [...this.#asked.keys()]) this.#taken(name)?.done();
  }

  #ask(key: StepKey, message: FlowMessage, done: Asked["done"]): void {
    const { kind } = standOf(this.#conductor.view.state, key);
    if (kind !== "before" && kind !== "trying" && kind !== "running") {
      throw new NixwaveError("attempt-closed", `${key.host} has nothing to be asked about`);
    }
    const name = nameOfStep(key);
    this.#taken(name)?.done();
    const { waitsFor, text, onExpiry } = this.#policy;
    const until = waitsFor === null ? null : this.#deadline(name, waitsFor);
    const expire = guarded(this.#node, () => this.#decide(name, onExpiry, ""));
    const timer = until === null ? undefined : setTimeout(expire, Math.max(0, until - Date.now()));
    const stop = this.#conductor.pose(
      { key, text, until },
      guarded(this.#node, (answer) => this.#answered(name, answer)),
    );
    const withdraw = (): void => {
      clearTimeout(timer);
      stop();
    };
    this.#asked.set(name, { key, message, done, withdraw });
    this.#show("yellow", "asking", key.host);
  }

  /** Asked again after a restart or a redeploy, a question waits on, not anew. */
  #deadline(name: string, waitsFor: number): EpochMs {
    const until = instant(Date.now() + waitsFor);
    return this.#deadlines?.keep(this.#nameHere(name), until) ?? until;
  }

  /** Several ask nodes may ask about one step. */
  #nameHere(name: string): string {
    return `${this.#node.id} ${name}`;
  }

  /** The step that the answer names, or the only one that waits. @throws NixwaveError */
  #meant(message: FlowMessage): string {
    if (isStep(message)) return nameOfStep(stepKeyIn(message));
    const [name, other] = this.#asked.keys();
    if (name === undefined) throw new NixwaveError("invalid-field", "nobody has asked");
    if (other !== undefined) {
      throw new NixwaveError("invalid-field", "several steps wait: msg.nixwave must name one");
    }
    return name;
  }

  #answered(name: string, { approved, by }: QuestionAnswer): void {
    this.#decide(name, approved ? "approved" : "refused", by);
  }

  #decide(name: string, decision: Decision, by: string): void {
    const asked = this.#taken(name);
    if (!asked) return;
    this.#deadlines?.forget(this.#nameHere(name));
    const { message, done } = asked;
    withFindings(message, { decision, by, why: by === "" ? NO_ANSWER : `${decision} by ${by}` });
    this.#show(FILL[decision], decision);
    this.#node.send(OUTPUTS.map((one) => (one === decision ? message : null)));
    done();
  }

  #taken(name: string): Asked | undefined {
    const asked = this.#asked.get(name);
    this.#asked.delete(name);
    asked?.withdraw();
    return asked;
  }

  #show(fill: NodeStatus["fill"], word: StatusWord, host = ""): void {
    const shape = fill === "yellow" ? "ring" : "dot";
    this.#node.status({ fill, shape, text: say(this.#language, word, { host }) });
  }
}

const NO_ANSWER = "nobody answered in time";

const byIn = ({ by }: FlowMessage): string =>
  typeof by === "string" && by !== "" ? by.slice(0, 80) : "Node-RED";

import type { EpochMs, HostName } from "../contract/index.ts";
import type { Home } from "../people/index.ts";
import type { Announcement, Reason, RolloutEvent } from "../rollout/index.ts";
import { answerTo, refusal, refusedQuestion } from "./answers.ts";
import type { Answer, Asked, Decision, Question, QuestionAnswer } from "./conductor.ts";
import { asFailure } from "./failures.ts";
import type { Mind } from "./mind.ts";
import type { OpenQuestion } from "./open-question.ts";
import type { OwnOrders } from "./own-orders.ts";
import { eventsFor } from "./requests.ts";
import { runName } from "./run.ts";

interface AskingPorts {
  readonly mind: Mind;
  readonly orders: OwnOrders;
  readonly now: () => EpochMs;
  readonly home: Home;
  readonly announce: (announcement: Announcement) => void;
  readonly decided: (decision: Decision) => void;
  readonly changed: () => void;
  readonly failed: (error: unknown) => void;
}

interface Posed extends OpenQuestion {
  readonly question: Question;
  readonly onAnswer: (answer: QuestionAnswer) => void;
}

const NOT_READY = "the hub first hears what the broker holds; ask again soon";

/** What people, switches and wires ask, answered at once: it counts now, or it is refused with the reason. */
export class Asking {
  readonly #ports: AskingPorts;
  readonly #posed = new Set<Posed>();

  constructor(ports: AskingPorts) {
    this.#ports = ports;
  }

  ask(asked: Asked): Answer {
    const answer = this.#answer(asked);
    this.#ports.decided({ type: "Asked", at: this.#ports.now(), asked, answer });
    return answer;
  }

  #answer(asked: Asked): Answer {
    const { mind, now, home } = this.#ports;
    const answered = this.#answerQuestion(asked);
    if (answered) return answered;
    if (!mind.isAwake) return refusal("hub-not-ready", NOT_READY, this.#ports.home);
    const at = now();
    const { fenced } = mind.state;
    const events = eventsFor(mind.state, { ...asked, at });
    if ("refused" in events) return refusal("request-refused", events.refused, home);
    const refused = this.#take(events, { all: asked.verb === "resume" });
    if (refused) return refused;
    if (asked.verb === "unfence" && fenced) {
      this.#guarded(() => this.#ports.orders.cleared(fenced.instance));
    }
    return answerTo(asked, mind.state, at, home);
  }

  /** The wires' own word for one attempt. */
  step(event: RolloutEvent): Answer {
    if (!this.#ports.mind.isAwake) return refusal("hub-not-ready", NOT_READY, this.#ports.home);
    return this.#take([event], { all: false }) ?? { accepted: true, code: null, message: "" };
  }

  pose(question: Question, onAnswer: (answer: QuestionAnswer) => void): () => void {
    const at = this.#ports.now();
    const { rollout, host } = question.key;
    const why: Reason =
      question.text === ""
        ? { code: "host-unapproved", host }
        : { code: "said", said: question.text };
    const posed: Posed = { question, onAnswer, rollout, host, since: at, why };
    this.#posed.add(posed);
    this.#ports.changed(); // what is announced is told with it
    this.#ports.announce({
      ...{ type: "Paused", id: `question/${runName(question.key)}/${at}`, at },
      ...{ condition: "ApprovalRequired", why },
    });
    return () => {
      this.#posed.delete(posed);
      this.#ports.changed();
    };
  }

  /** Whether a question of the wires is open for that host. */
  isOpenFor(host: HostName): boolean {
    return this.open.some((one) => one.host === host);
  }

  /** The oldest first. */
  get open(): readonly OpenQuestion[] {
    return [...this.#posed];
  }

  #answerQuestion({ verb, host, by }: Asked): Answer | null {
    const posed = [...this.#posed].find(
      ({ question: { key } }) =>
        (verb === "approve" && (host === null || key.host === host)) ||
        (verb === "skip" && key.host === host),
    );
    if (!posed) return null;
    this.#posed.delete(posed);
    this.#ports.changed();
    const approved = verb === "approve";
    this.#guarded(() => posed.onAnswer({ approved, by }));
    const { mind, now, home } = this.#ports;
    const { host: about } = posed.question.key;
    if (!approved) return refusedQuestion(about, home);
    return answerTo({ verb, by, host: about }, mind.state, now(), home);
  }

  /** @returns the refusal; null when it was taken, any of it */
  #take(events: readonly RolloutEvent[], { all }: { readonly all: boolean }): Answer | null {
    let refused: string | null = null;
    let isTaken = false;
    try {
      for (const event of events) {
        const why = this.#ports.mind.ask(event);
        refused ??= why;
        isTaken ||= why === null;
        if (isTaken && !all) break;
      }
    } catch (error) {
      this.#ports.failed(error);
      const { code, message } = asFailure(error);
      return refusal(code, message, this.#ports.home);
    }
    return isTaken
      ? null
      : refusal("request-refused", refused ?? "nothing was asked", this.#ports.home);
  }

  #guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#ports.failed(error);
    }
  }
}

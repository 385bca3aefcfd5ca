import type { Subscription } from "../bus/index.ts";
import type {
  ControlRequest,
  ControlResponse,
  HoldSource,
  NixwaveError,
  UserName,
} from "../contract/index.ts";
import type { Home } from "../people/index.ts";
import { refusal } from "./answers.ts";
import type { Answer, Asked } from "./conductor.ts";
import type { HubBus } from "./hub-bus.ts";
import type { Mind } from "./mind.ts";
import { installAsked } from "./requests.ts";
import type { Screens } from "./screens.ts";
import type { Switches } from "./switches.ts";

interface ControlPorts {
  readonly bus: HubBus;
  readonly now: () => number;
  readonly home: Home;
  readonly ask: (asked: Asked) => Answer;
  readonly mind: Pick<Mind, "isAwake" | "state">;
  readonly switches: Switches;
  readonly screens: Pick<Screens, "answerHold" | "noteHold">;
  readonly changed: () => void;
  readonly failed: (error: unknown) => void;
}

/** A request that comes again within this time is the same one; a button of Home Assistant has one id for ever. */
const SAME_FOR_MS = 60_000;
const REMEMBER_AT_MOST = 200;
/** A contact bounces and a thumb presses twice: within this time it is one press. */
const ONE_PRESS_MS = 2_000;

interface Answered {
  readonly at: number;
  readonly asked: string;
  readonly answer: Answer;
}

/** The wire's part for people and switches (DESIGN 5): requests, hold switches, the deploy button. */
export class ControlTopics {
  readonly #ports: ControlPorts;
  readonly #answered = new Map<string, Answered>();
  #pressedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: ControlPorts) {
    this.#ports = ports;
  }

  listen(): readonly Promise<Subscription>[] {
    const { bus, failed } = this.#ports;
    const refused = (error: NixwaveError): void => failed(error);
    return [
      bus.subscribe(
        { kind: "controlRequest" },
        ({ address, payload, retained, repeated }) => {
          if (retained || repeated === true) return; // an old wish is nobody's wish now
          this.#request(address.user, payload);
        },
        refused,
      ),
      bus.subscribe(
        { kind: "deploySet" },
        // A stored or repeated press is an old one: what waits now may be another release.
        ({ retained, repeated }) => {
          if (!retained && repeated !== true) this.#press();
        },
        refused,
      ),
    ];
  }

  /** Where switches stand; a hub that learns could not heed them yet. */
  readonly switches = {
    listen: (): readonly Promise<Subscription>[] => {
      const { bus, failed } = this.#ports;
      const refused = (error: NixwaveError): void => failed(error);
      return [
        bus.subscribe(
          { kind: "holdSet" },
          ({ address, payload, retained }) => this.#hold(address.source, payload, retained),
          refused,
        ),
        bus.subscribe({ kind: "holdState" }, ({ address, payload }) =>
          this.#holdIsSaid(address.source, payload),
        ),
      ];
    },
  };

  /** A hold that ran out while no hub was there still says ON. */
  #holdIsSaid(source: HoldSource, word: "ON" | "OFF"): void {
    const { mind, screens, changed } = this.#ports;
    screens.noteHold(source);
    const holds = mind.state.holds.some((one) => one.source === source);
    if (!mind.isAwake || holds === (word === "ON")) return;
    screens.answerHold(source);
    changed();
  }

  #press(): void {
    const { now, ask } = this.#ports;
    const since = now() - this.#pressedAt;
    this.#pressedAt = now();
    if (since >= 0 && since < ONE_PRESS_MS) return;
    ask({ verb: "deploy", by: "deploy button", host: null });
  }

  #request(user: UserName, request: ControlRequest): void {
    const answer = this.#answerTo(user, request);
    const { accepted, code, message } = answer;
    const status = accepted ? "accepted" : "refused";
    const response: ControlResponse = { id: request.id, status, code, message };
    const { bus, failed } = this.#ports;
    bus.publish({ kind: "controlResponse", user }, response).catch(failed);
  }

  #answerTo(user: UserName, request: ControlRequest): Answer {
    const key = `${user}/${request.id}`;
    const at = this.#ports.now();
    const asked = JSON.stringify(request);
    const before = this.#answered.get(key);
    if (before?.asked === asked && Math.abs(at - before.at) < SAME_FOR_MS) return before.answer;
    const answer = this.#judge(user, request);
    this.#answered.delete(key);
    this.#answered.set(key, { at, asked, answer });
    const oldest = this.#answered.keys().next().value;
    if (this.#answered.size > REMEMBER_AT_MOST && oldest) this.#answered.delete(oldest);
    return answer;
  }

  #judge(user: UserName, { action, rollout, host, duration, now }: ControlRequest): Answer {
    const current = this.#ports.mind.state.rollout?.id;
    if (rollout !== undefined && rollout !== current) {
      return refusal(
        "request-refused",
        `${rollout} is not the rollout here, that is ${current ?? "none"}`,
        this.#ports.home,
      );
    }
    const meant =
      action === "install"
        ? installAsked(this.#ports.mind.state, host ?? null)
        : { verb: action, host: host ?? null };
    return this.#ports.ask({
      ...{ ...meant, by: user },
      ...(duration === undefined ? {} : { duration }),
      ...(now === undefined ? {} : { now }),
    });
  }

  /** A stored word is where a switch stands, a word of now somebody's wish. */
  #hold(source: HoldSource, word: "ON" | "OFF", retained: boolean): void {
    const { switches, screens, changed } = this.#ports;
    const verb = word === "ON" ? "hold" : "resume";
    const asked: Asked = { verb, by: source, host: null, source };
    const answer = retained ? switches.tell(asked) : switches.wish(asked);
    if (answer === null) return;
    screens.answerHold(source);
    changed(); // also what was refused is answered now, not with the next change
  }
}

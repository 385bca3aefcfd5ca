import type { Home } from "../people/index.ts";
import { refusal } from "./answers.ts";
import type { Answer, Asked } from "./conductor.ts";
import type { HubStore } from "./hub-store.ts";
import { sourceOf } from "./requests.ts";

interface SwitchPorts {
  readonly store: Pick<HubStore, "keep" | "recall">;
  readonly ask: (asked: Asked) => Answer;
  readonly holds: () => readonly { readonly source: string }[];
  /** Whether what is asked can count, and `holds` are all there are. */
  readonly isAwake: () => boolean;
  readonly failed: (error: unknown) => void;
  readonly home: Home;
}

const NO_NEWS = "the switch stands where it stood";

/**
 * Where each switch stood when it was last heeded. A switch tells its state again with every connection and every few
 * minutes: that is no new wish, and must not bring back a hold that has run out or that somebody ended meanwhile.
 * Nothing but its own word moves it: a switch that is lost goes on holding.
 */
export class Switches {
  readonly #ports: SwitchPorts;

  constructor(ports: SwitchPorts) {
    this.#ports = ports;
  }

  /** Anybody's wish; of a switch that stays where it is, the same word once more asks nothing. */
  ask(asked: Asked): Answer {
    if (asked.stands !== true) return this.#ports.ask(asked);
    return this.tell(asked) ?? refusal("request-refused", NO_NEWS, this.#ports.home);
  }

  /** @param asked hold or resume @returns null when the switch stands where it stood: nothing is asked */
  tell(asked: Asked): Answer | null {
    return this.#stood(asked) === wordOf(asked) ? null : this.wish(asked);
  }

  /** Just now, by hand: it counts also where the switch stood like that already. */
  wish(asked: Asked): Answer {
    const { store, ask, holds, isAwake, failed } = this.#ports;
    const answer = ask(asked);
    const source = sourceOf(asked);
    const isHeld = holds().some((one) => one.source === source);
    // Not heeded: the next copy tries again. A hub that still learns does not know yet who holds.
    if (!isAwake() || isHeld !== (asked.verb === "hold")) return answer;
    try {
      store.keep(keyOf(asked), wordOf(asked));
    } catch (error) {
      failed(error);
    }
    return answer;
  }

  #stood(asked: Asked): string | null {
    try {
      return this.#ports.store.recall(keyOf(asked), String);
    } catch (error) {
      this.#ports.failed(error);
      return null;
    }
  }
}

const wordOf = ({ verb }: Asked): "ON" | "OFF" => (verb === "hold" ? "ON" : "OFF");
const keyOf = (asked: Asked): string => `switch/${sourceOf(asked)}`;

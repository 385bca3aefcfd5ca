import type { Conductor } from "../../src/conductor/index.ts";
import type { NoButtons, PhoneButton, Pressed } from "../../src/people/index.ts";
import { Complaint } from "./complaint.ts";
import { ControlStream } from "./control-stream.ts";
import type { NotifyConfig } from "./notify-config.ts";
import { whyNoButtons } from "./strangers.ts";

interface ButtonPorts {
  readonly config: NotifyConfig;
  /** Names this node's note. */
  readonly id: string;
  readonly restMs: number;
  readonly onPressed: (pressed: Pressed) => void;
  /** Told when it is found out, and again when it has changed. */
  readonly onGround: (why: NoButtons | null) => void;
  readonly warn: (why: string) => void;
}

/** A button ready to be shown. */
export interface ReadyButton {
  readonly label: string;
  readonly token: string;
}

/** As `Phone.mint` makes them. */
const TOKEN = /^[A-Za-z0-9_-]{32}$/;
const ASK_AGAIN_MS = 60_000;
const LOOK_AGAIN_MS = 6 * 3_600_000;

/** The buttons of one notify node: whether there may be any, their tokens, and what is tapped. */
export class ButtonsOfPhone {
  readonly #ports: ButtonPorts;
  readonly #conductor: Conductor;
  readonly #closing = new AbortController();
  #why: NoButtons | null = "checking";
  #stream: ControlStream | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #loss: Complaint;

  constructor(conductor: Conductor, ports: ButtonPorts) {
    this.#conductor = conductor;
    this.#ports = ports;
    this.#loss = new Complaint((why) => ports.warn(`buttons are not heard: ${why}; tried again`));
    void this.#lookAround();
  }

  /** Null: they may be shown. */
  get why(): NoButtons | null {
    return this.#why;
  }

  /**
   * For a notification that goes out now; also where it has none, since it takes the place of one that had.
   * @returns null where the hub cannot keep their hashes
   */
  make(about: string, buttons: readonly PhoneButton[]): readonly ReadyButton[] | null {
    try {
      const tokens = this.#conductor.phone.mint(about, buttons);
      return tokens.map((token, place) => ({ token, label: buttons[place]?.label ?? "" }));
    } catch (error) {
      this.#ports.warn((error as Error).message);
      return null;
    }
  }

  /** From now on taps are heard, also those of the time when nobody listened. */
  listen(): void {
    if (this.#stream || this.#closing.signal.aborted) return;
    const { config, restMs } = this.#ports;
    if (this.#why !== null) return;
    this.#stream = new ControlStream({
      ...{ from: config.control, restMs },
      since: () => this.#since(),
      onMessage: ({ id, text }) => this.#hear(id, text.trim()),
      onLost: (why) => this.#loss.tell(why),
    });
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#stream?.close();
  }

  async #lookAround(): Promise<void> {
    const { config, onGround } = this.#ports;
    const { signal } = this.#closing;
    const why = await whyNoButtons(config, signal);
    if (signal.aborted) return;
    // A server that does not answer has not opened its topics: buttons that were safe stay so.
    const isNews = why !== this.#why && !(why === "unreachable" && this.#why === null);
    if (isNews) {
      this.#why = why;
      onGround(why);
    }
    if (this.#why !== null) {
      this.#stream?.close();
      this.#stream = null;
    } else if (!this.#conductor.view.isLearning) this.listen();
    const again = why === null ? LOOK_AGAIN_MS : ASK_AGAIN_MS;
    this.#timer = setTimeout(() => void this.#lookAround(), again);
  }

  #since(): string {
    const { notes } = this.#conductor;
    const name = `since/${this.#ports.id}`;
    const kept = notes.recall(name);
    if (typeof kept === "string") return kept;
    const now = String(Math.floor(Date.now() / 1000));
    notes.keep(name, now); // a hub that ends before the first tap hears what was tapped meanwhile
    return now;
  }

  #hear(id: string, text: string): void {
    const { onPressed, id: node } = this.#ports;
    const { notes, phone } = this.#conductor;
    this.#loss.itWentWell();
    if (TOKEN.test(text)) onPressed(phone.press(text, id));
    notes.keep(`since/${node}`, id); // afterwards: a tap that was not heard to its end is heard again
  }
}

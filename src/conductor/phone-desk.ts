import { createHash, randomBytes } from "node:crypto";
import type { EpochMs, RolloutId } from "../contract/index.ts";
import {
  type Home,
  noButtonsText,
  type PhoneButton,
  type Pressed,
  rolloutNoticeId,
} from "../people/index.ts";
import type { RolloutState } from "../rollout/index.ts";
import {
  type Button,
  type ButtonBook,
  decidePress,
  mintButtons,
  parseButtonBook,
} from "./buttons.ts";
import type { Answer, Asked, Phone } from "./conductor.ts";
import type { HubStore } from "./hub-store.ts";

interface PhonePorts {
  readonly store: Pick<HubStore, "keep" | "recall">;
  readonly now: () => EpochMs;
  readonly home: Home;
  readonly state: () => RolloutState;
  readonly ask: (asked: Asked) => Answer;
  readonly failed: (error: unknown) => void;
}

const BOOK = "phone/buttons";
/** 192 bits: nobody guesses one, and 32 characters fit into any notification. */
const TOKEN_BYTES = 24;

/** Buttons on phones: what was given out and what a tap does, durable before it acts. */
export class PhoneDesk implements Phone {
  readonly #ports: PhonePorts;
  #book: ButtonBook | null = null;

  constructor(ports: PhonePorts) {
    this.#ports = ports;
  }

  mint(about: string, buttons: readonly PhoneButton[]): readonly string[] {
    const { now, state } = this.#ports;
    const rollout = state().rollout?.id ?? null;
    if (isOfAnother(about, rollout)) return [];
    const book = this.#read();
    if (buttons.length === 0 && !book.some((one) => one.about === about && !one.isOutdated)) {
      return [];
    }
    const tokens = buttons.map(() => randomBytes(TOKEN_BYTES).toString("base64url"));
    const hashed = buttons.map((one, place) => ({ ...one, hash: hashOf(tokens[place] ?? "") }));
    this.#write(mintButtons(book, { about, rollout, at: now(), buttons: hashed }));
    return tokens;
  }

  press(token: string, press: string): Pressed {
    const { now, state } = this.#ports;
    const rollout = state().rollout?.id ?? null;
    const decision = decidePress(this.#read(), { hash: hashOf(token), press, rollout, at: now() });
    switch (decision.kind) {
      case "again":
      case "unknown":
        return { kind: decision.kind };
      case "act":
        return this.#act(decision.button, decision.book);
      default: {
        const { kind, button, at } = decision;
        return { kind, button, at, name: nameOf(button) };
      }
    }
  }

  /** At most once: a hub that ends between the two has done nothing, and the button says that it was used. */
  #act(button: Button, book: ButtonBook): Pressed {
    const { ask, home } = this.#ports;
    const name = nameOf(button);
    const { verb, host } = button;
    try {
      this.#write(book);
    } catch (error) {
      this.#ports.failed(error);
      return { kind: "refused", button, name, said: noButtonsText("no-journal", home.language) };
    }
    if (verb === "test") return { kind: "done", button, name, said: "" };
    const { accepted, message } = ask({ verb, host, by: "phone" });
    return { kind: accepted ? "done" : "refused", button, name, said: message };
  }

  #read(): ButtonBook {
    this.#book ??= this.#recallBook();
    return this.#book;
  }

  #recallBook(): ButtonBook {
    try {
      return this.#ports.store.recall(BOOK, parseButtonBook) ?? [];
    } catch (error) {
      this.#ports.failed(error); // old buttons say that nobody knows them; new ones work
      return [];
    }
  }

  /** @throws NixwaveError hub-state-failed */
  #write(book: ButtonBook): void {
    this.#ports.store.keep(BOOK, book);
    this.#book = book;
  }
}

/** What is told late, after a restart, must not bind its buttons to what is under way now. */
const isOfAnother = (about: string, rollout: RolloutId | null): boolean =>
  about.startsWith("rollout-") && (rollout === null || about !== rolloutNoticeId(rollout));

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");

const nameOf = ({ hash }: Button): string => hash.slice(0, 16);

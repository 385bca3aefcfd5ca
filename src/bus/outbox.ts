import { NixwaveError } from "../contract/index.ts";
import { inherit, type Letter, settle } from "./letters.ts";

/** How many messages that are not retained may wait; retained ones are bounded by their topics. */
export const OUTBOX_LIMIT = 1000;

/** Letters that wait for their turn, oldest first; of retained topics only the latest. */
export class Outbox {
  readonly #letters = new Map<string, Letter>();
  readonly #limit: number;
  #events = 0;
  #sequence = 0;

  constructor(limit: number = OUTBOX_LIMIT) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#letters.size;
  }

  /** @throws NixwaveError outbox-full; the letter was not taken */
  put(letter: Letter): void {
    if (letter.retain) {
      this.#replace(letter);
      return;
    }
    if (this.#events >= this.#limit) {
      throw new NixwaveError(
        "outbox-full",
        `${this.#limit} messages already wait for the broker; this one was not taken`,
        { where: letter.topic },
      );
    }
    this.#events += 1;
    this.#sequence += 1;
    this.#letters.set(`#${this.#sequence}`, letter); // no topic begins with "#"
  }

  #replace(letter: Letter): void {
    const older = this.#letters.get(letter.topic);
    if (older && older !== letter) inherit(letter, older);
    this.#letters.set(letter.topic, letter);
  }

  peek(): Letter | undefined {
    return this.#letters.values().next().value;
  }

  take(): Letter | undefined {
    const [key, letter] = this.#letters.entries().next().value ?? [];
    if (key === undefined || !letter) return undefined;
    this.#letters.delete(key);
    if (!letter.retain) this.#events -= 1;
    return letter;
  }

  /** Takes letters back to the front, in their order; the limit does not apply, they were taken once. */
  putBack(letters: readonly Letter[]): void {
    const rest = [...this.#letters];
    this.#letters.clear();
    for (const letter of letters) {
      this.#sequence += 1;
      if (!letter.retain) this.#events += 1;
      this.#letters.set(letter.retain ? letter.topic : `#${this.#sequence}`, letter);
    }
    for (const [key, letter] of rest) {
      if (letter.retain) this.#replace(letter);
      else this.#letters.set(key, letter);
    }
  }

  /** Removes the letter if it still waits. */
  withdraw(letter: Letter): boolean {
    for (const [key, one] of this.#letters) {
      if (one !== letter) continue;
      this.#letters.delete(key);
      if (!letter.retain) this.#events -= 1;
      return true;
    }
    return false;
  }

  /** Ends every waiting letter with `error`. */
  abandon(error: NixwaveError): void {
    const letters = [...this.#letters.values()];
    this.#letters.clear();
    this.#events = 0;
    for (const letter of letters) settle(letter, error);
  }
}

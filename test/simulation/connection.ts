import type { BrokerModel, Letter, Receive } from "./broker-model.ts";
import type { VirtualClock } from "./virtual-clock.ts";

interface Ends {
  readonly name: string;
  readonly hears: (topic: string) => boolean;
  readonly receive: Receive;
  /** Called at each new connection, before the kept copies arrive. */
  readonly opened: () => void;
  readonly closed: () => void;
  readonly will: () => Letter | null;
  /** Runs `what` later in this client's own time: never while it sleeps, and not if it was ended. */
  readonly after: (delayMs: number, what: () => void) => void;
}

const RETRY_AFTER_MS = 5_000;

/**
 * One client as the real bus behaves: it connects again and again, and the newest retained letter of each
 * topic that was not taken yet is sent again after a new connection.
 */
export class Connection {
  readonly #broker: BrokerModel;
  readonly #clock: VirtualClock;
  readonly #ends: Ends;
  readonly #untaken = new Map<string, Letter>();
  #wanted: boolean = false;
  #cutUntil = 0;

  constructor(broker: BrokerModel, clock: VirtualClock, ends: Ends) {
    this.#broker = broker;
    this.#clock = clock;
    this.#ends = ends;
  }

  get isOpen(): boolean {
    return this.#broker.isConnected(this.#ends.name);
  }

  open(): void {
    this.#wanted = true;
    this.#dial();
  }

  /** The process ends: the broker sees the socket close, unless nothing gets through. */
  end(isSudden: boolean): void {
    this.#wanted = false;
    this.#untaken.clear();
    if (isSudden) this.#broker.vanish(this.#ends.name);
    else this.#broker.leave(this.#ends.name);
  }

  /** A new connection on purpose. */
  renew(): void {
    this.#broker.leave(this.#ends.name);
    this.#dial();
  }

  cutFor(durationMs: number): void {
    this.#cutUntil = Math.max(this.#cutUntil, this.#clock.now + durationMs);
    this.#broker.cut(this.#ends.name);
    this.#clock.after(durationMs, () => this.#sendUntaken());
  }

  send(letter: Letter): void {
    if (letter.retain) this.#untaken.set(letter.topic, letter);
    if (this.#broker.publish(this.#ends.name, letter)) this.#untaken.delete(letter.topic);
  }

  #dial(): void {
    if (!this.#wanted || this.isOpen) return;
    const { name, hears, receive, opened } = this.#ends;
    const isNew = this.#broker.connect({
      ...{ name, hears, receive },
      will: this.#ends.will(),
      isCut: () => this.#clock.now < this.#cutUntil,
      lost: () => this.#lose(),
    });
    if (!isNew) {
      this.#ends.after(RETRY_AFTER_MS, () => this.#dial());
      return;
    }
    opened();
    this.#sendUntaken();
    this.#broker.replay(name);
  }

  #sendUntaken(): void {
    for (const letter of [...this.#untaken.values()]) this.send(letter);
  }

  #lose(): void {
    if (!this.#wanted) return;
    this.#ends.closed();
    this.#ends.after(RETRY_AFTER_MS, () => this.#dial());
  }
}

import { NixwaveError, type Topic } from "../contract/index.ts";
import type { Connection } from "./connection.ts";
import { acquit, inherit, judgeLoss, type Letter, REST_MS, settle } from "./letters.ts";
import { Outbox } from "./outbox.ts";

/** PUBACKs awaited at once: enough for throughput, few enough to find a refused letter quickly. */
const WINDOW = 64;

interface SenderEvents {
  /** Birth and owned state are on the wire: the moment to subscribe (DESIGN 5). */
  readonly onOpened: (connection: Connection) => void;
  readonly onRefused: (letter: Letter, error: NixwaveError) => void;
}

/**
 * Sends QoS 1 letters over whichever connection there is: first the state this client owns, then
 * what waits in the outbox. Letters without PUBACK at a connection's end are sent again on the next.
 */
export class Sender {
  readonly #events: SenderEvents;
  readonly #outbox: Outbox;
  readonly #owned = new Map<Topic, Letter>();
  readonly #onTheWay = new Set<Letter>();
  #idle: (() => void)[] = [];
  #connection: Connection | undefined;
  #opening: Letter[] | undefined;

  constructor(events: SenderEvents, outboxLimit?: number) {
    this.#events = events;
    this.#outbox = new Outbox(outboxLimit);
  }

  /** Sends now, or when there is a connection. @throws NixwaveError outbox-full */
  post(letter: Letter): void {
    if (letter.owned) this.#own(letter);
    if (letter.retain && letter.bytes.byteLength === 0) this.#owned.delete(letter.topic); // cleared
    // Without a connection an owned letter needs no queue: every connection begins with it.
    if (!letter.owned || this.#connection) this.#outbox.put(letter);
    else settle(letter);
    this.#pump();
  }

  owns(topic: Topic): boolean {
    return this.#owned.has(topic);
  }

  withdraw(letter: Letter): boolean {
    return this.#outbox.withdraw(letter);
  }

  #own(letter: Letter): void {
    const older = this.#owned.get(letter.topic);
    if (older && older !== letter) inherit(letter, older);
    this.#owned.set(letter.topic, letter);
  }

  /** A connection is there. @param nowMs Unix ms */
  begin(connection: Connection, nowMs: number): void {
    this.#connection = connection;
    for (const letter of this.#owned.values()) this.#outbox.withdraw(letter);
    this.#opening = [...this.#owned.values()].filter((letter) => letter.restUntilMs <= nowMs);
    this.#pump();
  }

  /** The connection is gone. @param nowMs Unix ms */
  lost(byBroker: boolean, nowMs: number): void {
    this.#connection = undefined;
    this.#opening = undefined;
    const unacknowledged = [...this.#onTheWay];
    this.#onTheWay.clear();
    const refused = judgeLoss(unacknowledged, byBroker);
    if (refused) this.#refuse(refused, nowMs);
    this.#outbox.putBack(unacknowledged.filter((one) => one !== refused && !one.owned));
    for (const letter of this.#owned.values()) settle(letter); // the next connection begins with it
    this.#wakeIdle();
  }

  #refuse(letter: Letter, nowMs: number): void {
    const error = new NixwaveError(
      "publish-refused",
      `the broker ended ${letter.strikes} connections in a row when ${letter.topic} (${letter.bytes.byteLength} bytes) was sent`,
      { where: letter.topic },
    );
    letter.restUntilMs = nowMs + REST_MS;
    settle(letter, error);
    this.#events.onRefused(letter, error);
  }

  #pump(): void {
    const connection = this.#connection;
    while (connection && connection === this.#connection) {
      const opening = this.#opening;
      const next = opening ? opening[0] : this.#outbox.peek();
      if (!next) {
        if (!opening) break;
        this.#opening = undefined;
        this.#events.onOpened(connection);
        continue;
      }
      if (!this.#mayGo(next)) break;
      if (opening) opening.shift();
      else this.#outbox.take();
      this.#send(connection, next);
    }
    this.#wakeIdle();
  }

  #mayGo(letter: Letter): boolean {
    const [first] = this.#onTheWay;
    if (!first) return true;
    return !(letter.suspect || first.suspect) && this.#onTheWay.size < WINDOW;
  }

  #send(connection: Connection, letter: Letter): void {
    this.#onTheWay.add(letter);
    connection.send(letter, () => {
      if (!this.#onTheWay.delete(letter)) return;
      acquit(letter);
      this.#pump();
    });
  }

  get isIdle(): boolean {
    return this.#onTheWay.size === 0 && this.#outbox.size === 0 && !this.#opening;
  }

  /** Resolves when nothing waits or is on its way, or when the connection is lost. */
  untilIdle(): Promise<void> {
    if (this.isIdle || !this.#connection) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #wakeIdle(): void {
    if (!(this.isIdle || !this.#connection)) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  abandon(error: NixwaveError): void {
    for (const letter of this.#onTheWay) settle(letter, error);
    this.#onTheWay.clear();
    this.#outbox.abandon(error);
  }
}

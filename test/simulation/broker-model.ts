import type { Random } from "./random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface Letter {
  readonly topic: string;
  readonly bytes: Uint8Array;
  /** Kept on the broker for whoever comes later. */
  readonly retain: boolean;
}

/** A letter as it arrives: `copy` is one that the broker had kept. */
export type Receive = (letter: Letter, copy: boolean) => void;

/** How bad the network is; all 0 for a good one. */
export interface Weather {
  readonly duplicate: number;
  readonly late: number;
  readonly lateByMs: number;
}
export const GOOD_WEATHER: Weather = { duplicate: 0, late: 0, lateByMs: 0 };

interface Link {
  readonly name: string;
  readonly hears: (topic: string) => boolean;
  readonly receive: Receive;
  readonly lost: () => void;
  readonly will: Letter | null;
  /** No packet gets through, and neither side knows yet. */
  isCut: () => boolean;
}

/** Keep-alive of a minute, and half as much again until a silent client counts as gone. */
const NOTICED_AFTER_MS = 90_000;
const AGAIN_AFTER_MS = 1_000;
const FASTEST_MS = 2;
const SLOWEST_MS = 60;

/**
 * An MQTT broker with clean sessions and retained messages, as far as its users can tell: per connection
 * letters arrive in order unless the weather says otherwise, a will follows a client that vanished, and
 * what is retained outlives a crash unless the disk was lost.
 */
export class BrokerModel {
  readonly retained = new Map<string, Letter>();
  readonly #clock: VirtualClock;
  readonly #chance: Random;
  readonly #links = new Map<string, Link>();
  weather: Weather = GOOD_WEATHER;
  isUp: boolean = true;

  constructor(clock: VirtualClock, chance: Random) {
    this.#clock = clock;
    this.#chance = chance;
  }

  isConnected(name: string): boolean {
    return this.#links.has(name);
  }

  /** @returns false when there is nobody to answer */
  connect(link: Link): boolean {
    if (!this.isUp || link.isCut()) return false;
    this.#drop(link.name);
    this.#links.set(link.name, link);
    return true;
  }

  /** What a new subscriber gets at once: the copies kept of all topics it hears. */
  replay(name: string): void {
    const link = this.#links.get(name);
    if (!link) return;
    for (const letter of this.retained.values()) {
      if (link.hears(letter.topic)) this.#deliver(link, letter, true);
    }
  }

  /** @returns whether the broker has it; a cut line tells its sender nothing */
  publish(from: string, letter: Letter): boolean {
    const link = this.#links.get(from);
    if (!(link && this.isUp) || link.isCut()) return false;
    this.take(letter);
    return true;
  }

  /** Somebody without a name of ours (a sensor, CI, a switch) publishes. */
  take(letter: Letter): void {
    if (!this.isUp) return;
    if (letter.retain) this.retained.set(letter.topic, letter);
    for (const link of this.#links.values()) {
      if (link.hears(letter.topic)) this.#deliver(link, letter, false);
    }
  }

  /** Ends a connection in order: without its will. */
  leave(name: string): void {
    this.#links.delete(name);
  }

  /** The client's process is gone: its socket closes and the will is heard. */
  vanish(name: string): void {
    this.#drop(name);
  }

  /** The line is cut: both sides find out after a while, unless it heals before. */
  cut(name: string): void {
    const link = this.#links.get(name);
    if (!link) return;
    this.#clock.after(NOTICED_AFTER_MS, () => {
      if (this.#links.get(name) === link && link.isCut()) {
        this.#drop(name);
        link.lost();
      }
    });
  }

  crash(losesRetained: boolean): void {
    this.isUp = false;
    if (losesRetained) this.retained.clear();
    const links = [...this.#links.values()];
    this.#links.clear();
    // A broker that dies publishes no wills; the retained "online" of its clients stays.
    for (const link of links) link.lost();
  }

  start(): void {
    this.isUp = true;
  }

  #drop(name: string): void {
    const link = this.#links.get(name);
    if (!link) return;
    this.#links.delete(name);
    if (link.will) this.take(link.will);
  }

  #deliver(link: Link, letter: Letter, copy: boolean): void {
    const { duplicate, late, lateByMs } = this.weather;
    const delay = this.#chance.chance(late)
      ? this.#chance.between(SLOWEST_MS, lateByMs)
      : FASTEST_MS;
    this.#arriveAfter(delay, link, letter, copy);
    if (this.#chance.chance(duplicate)) {
      this.#arriveAfter(this.#chance.between(SLOWEST_MS, 10 * SLOWEST_MS), link, letter, copy);
    }
  }

  #arriveAfter(delayMs: number, link: Link, letter: Letter, copy: boolean): void {
    this.#clock.after(delayMs, () => {
      if (this.#links.get(link.name) !== link) return;
      if (link.isCut()) this.#arriveAfter(AGAIN_AFTER_MS, link, letter, copy);
      else link.receive(letter, copy);
    });
  }
}

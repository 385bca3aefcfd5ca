import type { EpochMs } from "../contract/index.ts";
import { nextWakeAt, type RolloutState } from "../rollout/index.ts";
import type { Timers } from "./timers.ts";

interface PulsePorts {
  readonly timers: Timers;
  readonly now: () => EpochMs;
  readonly state: () => RolloutState;
  readonly beat: () => void;
}

/** Also without anything due: the clock is looked at, and what failed is tried again. */
const BEAT_EVERY_MS = 15_000;
/** What is due and did not go is not asked for in a circle. */
const AT_SOONEST_MS = 50;

/** Timers are data (DESIGN 8): the state says when the next one is due. */
export class Pulse {
  readonly #ports: PulsePorts;
  #cancel: () => void = () => undefined;
  #nextAt = Number.POSITIVE_INFINITY;
  #isClosed: boolean = false;

  constructor(ports: PulsePorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#set(0);
  }

  /** The state has changed. */
  look(): void {
    const dueAt = nextWakeAt(this.#ports.state());
    if (dueAt !== null && dueAt < this.#nextAt) this.#set(this.#wait());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #wait(): number {
    const dueAt = nextWakeAt(this.#ports.state());
    const untilMs = dueAt === null ? BEAT_EVERY_MS : dueAt - this.#ports.now();
    return Math.min(BEAT_EVERY_MS, Math.max(AT_SOONEST_MS, untilMs));
  }

  #set(delayMs: number): void {
    this.#cancel();
    if (this.#isClosed) return;
    this.#nextAt = this.#ports.now() + delayMs;
    this.#cancel = this.#ports.timers.after(delayMs, () => {
      this.#nextAt = Number.POSITIVE_INFINITY;
      this.#ports.beat();
      this.#set(this.#wait());
    });
  }
}

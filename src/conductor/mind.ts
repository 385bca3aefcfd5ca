import type { NixwaveError } from "../contract/index.ts";
import type { RolloutEffect, RolloutEvent, RolloutState, reduce } from "../rollout/index.ts";
import type { Store } from "../store/index.ts";
import { asFailure } from "./failures.ts";
import type { Timers } from "./timers.ts";

export interface MindPorts {
  readonly store: Pick<
    Store<RolloutState, RolloutEvent, never>,
    "append" | "snapshot" | "tailLength"
  >;
  readonly reduce: typeof reduce;
  readonly timers: Timers;
  /** Never asks anything of the mind before it returns; one that throws takes nothing from the others. */
  readonly carryOut: (effect: RolloutEffect) => void;
  readonly changed: () => void;
  readonly failed: (error: NixwaveError) => void;
}

/** A restart replays as many events at most. */
const SNAPSHOT_EVERY = 1000;
const TRY_AGAIN_MS = 5_000;
/** A disk that stays full must not fill the memory. */
const QUEUE_AT_MOST = 5_000;

/**
 * The rollout's mind with its journal: what happened is durable first, then it counts, then it is carried out.
 * What nobody waits for an answer to is taken together, so that a fleet that speaks at once costs one sync.
 * While the journal cannot be written nothing counts; what was heard waits.
 */
export class Mind {
  readonly #ports: MindPorts;
  #state: RolloutState;
  #queue: RolloutEvent[] = [];
  #isAwake: boolean = false;
  #isSettling: boolean = false;
  #cancel: (() => void) | null = null;
  #lastSaid = "";

  /** @param state what the journal holds */
  constructor(ports: MindPorts, state: RolloutState) {
    this.#ports = ports;
    this.#state = state;
  }

  get state(): RolloutState {
    return this.#state;
  }

  /**
   * Until then it only collects what it hears.
   * @param first what counts before all that: a host that spoke meanwhile need not speak again
   */
  wake(state: RolloutState, first: readonly RolloutEvent[] = []): void {
    this.#state = state;
    this.#queue = [...first, ...this.#queue];
    this.#isAwake = true;
    this.#soon(0);
  }

  get isAwake(): boolean {
    return this.#isAwake;
  }

  close(): void {
    this.#cancel?.();
    if (this.#isAwake) this.settle();
    this.#isAwake = false;
    this.#cancel?.();
  }

  /** Something that happened, whether the disk is ready for it or not. */
  hear(event: RolloutEvent): void {
    if (event.type === "HostReported") this.#forgetOlder(event);
    this.#queue.push(event);
    if (this.#queue.length > QUEUE_AT_MOST) this.#queue.shift();
    this.#soon(0);
  }

  /**
   * Something that is answered: it counts now or never.
   * @returns why it changed nothing; null when it did
   * @throws NixwaveError hub-state-failed
   */
  ask(event: RolloutEvent): string | null {
    this.#takeQueue();
    return this.#take([event])[0] ?? null;
  }

  /** Takes what was heard. @returns whether it is durable and counts */
  settle(): boolean {
    if (!this.#isAwake || this.#isSettling) return false;
    this.#cancel = null;
    this.#isSettling = true;
    try {
      this.#takeQueue();
      this.#lastSaid = "";
      return true;
    } catch (error) {
      this.#sayOnce(asFailure(error));
      this.#soon(TRY_AGAIN_MS);
      return false;
    } finally {
      this.#isSettling = false;
    }
  }

  /** A gate may answer while its question is carried out: what is heard meanwhile belongs to the next turn. */
  #takeQueue(): void {
    const events = this.#queue;
    this.#queue = [];
    try {
      this.#take(events);
    } catch (error) {
      this.#queue = [...events, ...this.#queue];
      throw error;
    }
  }

  #take(events: readonly RolloutEvent[]): readonly (string | null)[] {
    const { store, reduce: step } = this.#ports;
    let state = this.#state;
    const accepted: RolloutEvent[] = [];
    const effects: RolloutEffect[] = [];
    const ignored = events.map((event) => {
      const reduction = step(state, event);
      if (reduction.ignored !== null) return reduction.ignored; // a pure step: as if it had not been heard
      state = reduction.state;
      accepted.push(event);
      effects.push(...reduction.effects);
      return null;
    });
    if (accepted.length === 0) return ignored;
    store.append(accepted);
    this.#state = state;
    this.#guarded(() => this.#ports.changed()); // first: who is told of an effect sees what it came from
    for (const effect of effects) this.#guarded(() => this.#ports.carryOut(effect));
    this.#snapshotWhenDue();
    return ignored;
  }

  #snapshotWhenDue(): void {
    const { store, failed } = this.#ports;
    if (store.tailLength < SNAPSHOT_EVERY) return;
    try {
      store.snapshot(this.#state);
    } catch (error) {
      failed(asFailure(error)); // the events are there, and the next one tries again
    }
  }

  /** A disk that is not ready keeps the last word of each host's session: reports are levels. */
  #forgetOlder({ report }: Extract<RolloutEvent, { type: "HostReported" }>): void {
    if (this.#queue.length < QUEUE_AT_MOST / 10) return;
    this.#queue = this.#queue.filter(
      (one) =>
        one.type !== "HostReported" ||
        one.report.host !== report.host ||
        one.report.session !== report.session,
    );
  }

  /** It is durable and counts already: whatever fails now must not make it happen twice. */
  #guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#ports.failed(asFailure(error));
    }
  }

  #sayOnce(error: NixwaveError): void {
    if (error.message === this.#lastSaid) return;
    this.#lastSaid = error.message;
    this.#ports.failed(error);
  }

  #soon(delayMs: number): void {
    if (!this.#isAwake || this.#cancel !== null) return;
    this.#cancel = this.#ports.timers.after(delayMs, () => this.settle());
  }
}

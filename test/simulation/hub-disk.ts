import {
  parseState,
  type RolloutEvent,
  type RolloutState,
  reduce,
} from "../../src/rollout/index.ts";

/**
 * The hub's journal as the store keeps it: events that are durable once appended, and a snapshot that says
 * up to which of them it reaches, so that a crash between snapshot and trimming counts nothing twice.
 */
export class HubDisk {
  #snapshot: { readonly state: string; readonly upTo: number };
  #tail: { readonly number: number; readonly event: string }[] = [];
  #last = 0;
  /** What a gate has counted so far, by run. */
  readonly gates = new Map<string, string>();

  constructor(state: RolloutState) {
    this.#snapshot = { state: JSON.stringify(state), upTo: 0 };
  }

  append(event: RolloutEvent): void {
    this.#last += 1;
    this.#tail.push({ number: this.#last, event: JSON.stringify(event) });
  }

  get length(): number {
    return this.#tail.length;
  }

  /** The first of two steps; between them a crash may fall. */
  snapshot(state: RolloutState): void {
    this.#snapshot = { state: JSON.stringify(state), upTo: this.#last };
  }

  trim(): void {
    this.#tail = this.#tail.filter(({ number }) => number > this.#snapshot.upTo);
  }

  /** What a restarted hub knows; its effects are not carried out again by replaying. */
  load(): RolloutState {
    const state = parseState(JSON.parse(this.#snapshot.state));
    return this.#tail
      .filter(({ number }) => number > this.#snapshot.upTo)
      .reduce((now, { event }) => reduce(now, JSON.parse(event) as RolloutEvent).state, state);
  }

  /** A flow copied with its state folder. */
  copy(): HubDisk {
    const copy = new HubDisk(this.load());
    for (const [run, gate] of this.gates) copy.gates.set(run, gate);
    return copy;
  }
}

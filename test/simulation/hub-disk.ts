import {
  parseState,
  type RolloutEvent,
  type RolloutState,
  reduce,
} from "../../src/rollout/index.ts";

/** What is durable of each gate, by its name. */
export interface KeptGates {
  get(name: string): string | undefined;
  set(name: string, json: string): unknown;
}

/** What the hub finds again after any crash. */
export interface HubDisk {
  readonly gates: KeptGates;
  /** Events since the last snapshot. */
  readonly length: number;
  append(event: RolloutEvent): void;
  /** The first of two steps; between them a crash may fall. */
  snapshot(state: RolloutState): void;
  trim(): void;
  /** What a restarted hub knows; its effects are not carried out again by replaying. */
  load(): RolloutState;
  /** A new process takes it over. */
  reopen(): void;
  /** A flow copied with its state folder. */
  copy(): HubDisk;
}

/**
 * The hub's journal as the store keeps it: events that are durable once appended, and a snapshot that says
 * up to which of them it reaches, so that a crash between snapshot and trimming counts nothing twice.
 */
export class ModelledHubDisk implements HubDisk {
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

  snapshot(state: RolloutState): void {
    this.#snapshot = { state: JSON.stringify(state), upTo: this.#last };
  }

  trim(): void {
    this.#tail = this.#tail.filter(({ number }) => number > this.#snapshot.upTo);
  }

  load(): RolloutState {
    const state = parseState(JSON.parse(this.#snapshot.state));
    return this.#tail
      .filter(({ number }) => number > this.#snapshot.upTo)
      .reduce((now, { event }) => reduce(now, JSON.parse(event) as RolloutEvent).state, state);
  }

  reopen(): void {
    // nothing of it is held open
  }

  copy(): ModelledHubDisk {
    const copy = new ModelledHubDisk(this.load());
    for (const [run, gate] of this.gates) copy.gates.set(run, gate);
    return copy;
  }
}

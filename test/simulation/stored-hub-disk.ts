import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { instant } from "../../src/contract/index.ts";
import {
  parseState,
  type RolloutEvent,
  type RolloutState,
  reduce,
} from "../../src/rollout/index.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import type { HubDisk, KeptGates } from "./hub-disk.ts";

type HubStore = Store<RolloutState, RolloutEvent, string>;

/** The hub's journal in the real store, on a real disk: every append is there when it returns. */
export class StoredHubDisk implements HubDisk {
  readonly #root: string;
  readonly #folder: string;
  #store: HubStore;
  readonly #gates = new Set<string>();
  /** How many times a process opened it. */
  openings = 1;

  /** @param root a folder that the caller removes */
  constructor(root: string, state: RolloutState) {
    this.#root = root;
    this.#folder = mkdtempSync(join(root, "hub-"));
    this.#store = this.#open();
    this.#store.snapshot(state);
  }

  get gates(): KeptGates {
    const key = (name: string): string => `gate/${name}`;
    return {
      get: (name) => this.#store.recall(key(name), String) ?? undefined,
      set: (name, json) => {
        this.#gates.add(name);
        this.#store.keep(key(name), json);
      },
    };
  }

  get length(): number {
    return this.#store.tailLength;
  }

  append(event: RolloutEvent): void {
    this.#store.append([event]);
  }

  snapshot(state: RolloutState): void {
    this.#store.snapshot(state);
  }

  trim(): void {
    // the store's snapshot replaces what came before it
  }

  load(): RolloutState {
    const { snapshot, tail } = this.#store.load();
    if (snapshot === null) throw new Error("the journal lost its snapshot");
    return tail.reduce((state, event) => reduce(state, event).state, snapshot);
  }

  /** The process that held it has ended, and with it the lock. */
  reopen(): void {
    this.#store.close();
    this.#store = this.#open();
    this.openings += 1;
    if (this.#store.recovered) throw new Error(this.#store.recovered.why);
  }

  copy(): StoredHubDisk {
    const copy = new StoredHubDisk(this.#root, this.load());
    for (const name of this.#gates) copy.gates.set(name, this.gates.get(name) ?? "");
    return copy;
  }

  close(): void {
    this.#store.close();
  }

  #open(): HubStore {
    const parseEvent = (json: unknown): RolloutEvent => json as RolloutEvent;
    return openStore(this.#folder, { parseState, parseEvent, parsePast: String, at: instant(1) });
  }
}

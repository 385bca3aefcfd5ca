import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type EpochMs, instant, parseRolloutId, type RolloutId } from "../../src/contract/index.ts";
import { type Json, openStore, type Store, type StoreOptions } from "../../src/store/index.ts";

/** A hub's state, events and ended rollouts as small as they can be. */
export interface Tally {
  readonly count: number;
}
export interface Counted {
  readonly n: number;
}
export interface Ended {
  readonly title: string;
}
export type TestStore = Store<Tally, Counted, Ended>;

const field = (json: Json, name: string): unknown => {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, name))
    throw new Error(`there is no ${name}`);
  return (json as Record<string, unknown>)[name];
};
const number = (json: Json, name: string): number => {
  const value = field(json, name);
  if (typeof value !== "number") throw new Error(`${name} is no number`);
  return value;
};

export const AT: EpochMs = instant(Date.UTC(2026, 6, 14, 3, 20));
export const OPTIONS: StoreOptions<Tally, Counted, Ended> = {
  parseState: (json) => ({ count: number(json, "count") }),
  parseEvent: (json) => ({ n: number(json, "n") }),
  parsePast: (json) => ({ title: String(field(json, "title")) }),
  at: AT,
};

export const events = (...numbers: readonly number[]): Counted[] => numbers.map((n) => ({ n }));
export const rollout = (number: number): RolloutId => parseRolloutId(`r${number}`);
export const ended = (number: number, endedAt: number = AT + number) => ({
  rollout: rollout(number),
  endedAt: instant(endedAt),
  past: { title: `bump ${number}` },
});

/** Folders and stores that end with the test file. */
export function makeScene() {
  const root = mkdtempSync(join(tmpdir(), "nixwave-store-"));
  const open = new Set<TestStore>();
  let count = 0;
  const newFolder = (): string => {
    count += 1;
    return join(root, `state-${count}`);
  };
  afterAll(() => {
    for (const store of open) store.close();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    newFolder,
    open: (folder: string, options: Partial<typeof OPTIONS> = {}): TestStore => {
      const store = openStore(folder, { ...OPTIONS, ...options });
      open.add(store);
      return store;
    },
    /** The folder as a kill would leave it: copied while the store is open, log and all. */
    cut: (folder: string): string => {
      const copy = newFolder();
      cpSync(folder, copy, { recursive: true });
      return copy;
    },
  };
}

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseRolloutId } from "../../src/contract/index.ts";
import {
  parseState,
  type RolloutEvent,
  type RolloutState,
  reduce,
} from "../../src/rollout/index.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { Home, NOON, nuc, rp4 } from "../rollout/scenes.ts";

const root = mkdtempSync(join(tmpdir(), "nixwave-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type HubStore = Store<RolloutState, RolloutEvent, string>;
const open = (folder: string): HubStore =>
  openStore(folder, {
    parseState,
    parseEvent: (json) => json as RolloutEvent,
    parsePast: String,
    at: NOON,
  });

/** What a hub that starts now would know. */
function remembered(store: HubStore): RolloutState {
  const { snapshot, tail } = store.load();
  if (snapshot === null) throw new Error("there is no snapshot");
  return tail.reduce((state, event) => reduce(state, event).state, snapshot);
}

/** A home whose hub writes down what happened before it acts on it. */
class JournalledHome extends Home {
  readonly folder = join(root, "hub");
  readonly store = open(this.folder);
  #steps = 0;

  begin(): this {
    this.store.snapshot(this.state);
    return this;
  }

  override play(event: RolloutEvent): this {
    this.store.append([event]);
    super.play(event);
    this.#steps += 1;
    this.#expectSameAfterKill();
    if (this.#steps % 5 === 0) this.store.snapshot(this.state);
    return this;
  }

  #expectSameAfterKill(): void {
    const copy = join(root, `killed-${this.#steps}`);
    cpSync(this.folder, copy, { recursive: true });
    const store = open(copy);
    expect(store.recovered).toBeNull();
    expect(remembered(store)).toEqual(this.state);
    store.close();
  }
}

test("a hub that is killed after any step of a rollout knows exactly what it knew", () => {
  const home = new JournalledHome().begin().here(rp4, nuc).offer(1);
  home.staged(rp4, nuc).succeeds(rp4, nuc).wait(1);
  expect(home.state.rollout?.completion).toBe("Promoted");
  const end = {
    rollout: parseRolloutId("main-1"),
    endedAt: home.at,
    past: home.state.rollout?.completion ?? "",
  };
  home.store.recordEnd(end);
  home.store.close();
  const again = open(home.folder);
  expect(remembered(again)).toEqual(home.state);
  expect(again.history(1)).toEqual([end]);
  again.close();
});

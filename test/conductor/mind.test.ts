import { describe, expect, it } from "vitest";
import { Mind } from "../../src/conductor/mind.ts";
import {
  NixwaveError as Failure,
  type NixwaveError,
  parseHoldSource,
} from "../../src/contract/index.ts";
import {
  newRolloutState,
  type RolloutEffect,
  type RolloutEvent,
  reduce,
} from "../../src/rollout/index.ts";
import { at } from "../support/contract-builders.ts";
import { Clock, planWith } from "./played-home.ts";

class Disk {
  readonly events: RolloutEvent[] = [];
  isFull: boolean = false;
  appends = 0;
  snapshots = 0;
  tailLength = 0;

  append(events: readonly RolloutEvent[]): void {
    if (this.isFull) throw new Failure("hub-state-failed", "the disk is full");
    this.appends += 1;
    this.events.push(...events);
    this.tailLength += events.length;
  }

  snapshot(): void {
    this.snapshots += 1;
    this.tailLength = 0;
  }
}

function wake() {
  const clock = new Clock();
  const disk = new Disk();
  const seen: { effects: RolloutEffect[]; failures: NixwaveError[]; durable: number[] } = {
    ...{ effects: [], failures: [], durable: [] },
  };
  const carrying: ((effect: RolloutEffect) => void)[] = [];
  const mind = new Mind(
    {
      ...{ store: disk as never, reduce, timers: clock.timers, changed: () => undefined },
      carryOut: (effect) => {
        for (const what of carrying) what(effect);
        seen.effects.push(effect);
        seen.durable.push(disk.events.length);
      },
      failed: (error) => seen.failures.push(error),
    },
    newRolloutState(planWith({}), at(0)),
  );
  mind.wake(mind.state);
  return { clock, disk, mind, carrying, ...seen };
}

const hold = (name: string): RolloutEvent => ({
  ...{ type: "HoldSet", at: at(0), host: null },
  source: parseHoldSource(name),
});
const aDayLater = { type: "Tick", at: at(86_400_000) } as const;

describe("what happened", () => {
  it("is durable before anything of it is carried out", async () => {
    const { clock, disk, mind, effects, durable } = wake();
    mind.hear(hold("one"));
    mind.hear({ ...hold("two"), duration: null } as RolloutEvent);
    expect(mind.state.holds).toEqual([]);
    await clock.pass(10);
    expect(mind.state.holds).toHaveLength(2);
    mind.ask(aDayLater);
    expect(effects.map(({ type }) => type)).toContain("HoldIsOld");
    expect(durable.every((count) => count === disk.events.length)).toBe(true);
  });

  it("costs one sync for all that was heard together, and none when it changes nothing", async () => {
    const { clock, disk, mind } = wake();
    for (const name of ["one", "two", "three", "one"]) mind.hear(hold(name));
    await clock.pass(10);
    expect(disk.appends).toBe(1);
    expect(disk.events).toHaveLength(3);
    mind.hear({ type: "Tick", at: at(1) });
    await clock.pass(10);
    expect(disk.appends).toBe(1);
  });

  it("waits while the disk is full, in its order, and the failure is said once", async () => {
    const { clock, disk, mind, failures } = wake();
    disk.isFull = true;
    mind.hear(hold("one"));
    await clock.pass(60_000);
    mind.hear(hold("two"));
    await clock.pass(60_000);
    expect(mind.state.holds).toEqual([]);
    expect(failures.map(({ code }) => code)).toEqual(["hub-state-failed"]);
    expect(() => mind.ask(hold("three"))).toThrow("the disk is full");
    disk.isFull = false;
    await clock.pass(10_000);
    expect(mind.state.holds.map(({ source }) => source)).toEqual(["one", "two"]);
  });

  it("is answered after what was heard before it", () => {
    const { mind } = wake();
    mind.hear(hold("one"));
    expect(mind.ask(hold("one"))).toBe("one holds already");
  });

  it("is not lost while somebody asks and what came before is carried out", async () => {
    const { clock, mind, carrying } = wake();
    mind.hear({ ...hold("old"), duration: null } as RolloutEvent);
    await clock.pass(10);
    carrying.push(() => mind.hear(hold("meanwhile")));
    mind.hear(aDayLater); // it says that a hold is old, and a gate might answer that at once
    expect(mind.ask(hold("asked"))).toBeNull();
    await clock.pass(10);
    expect(mind.state.holds.map(({ source }) => source)).toEqual(["old", "asked", "meanwhile"]);
  });

  it("is carried out to the end, and once, though one part of it fails", async () => {
    const { clock, disk, mind, carrying, effects, failures } = wake();
    for (const name of ["one", "two"]) mind.ask({ ...hold(name), duration: null } as RolloutEvent);
    const before = disk.events.length;
    let fails = 0;
    carrying.push(() => {
      fails += 1;
      if (fails === 1) throw new Error("a listener's fault");
    });
    mind.hear(aDayLater);
    await clock.pass(60_000);
    expect(effects.map(({ type }) => type)).toEqual(["HoldIsOld"]);
    expect(fails).toBe(2);
    expect(disk.events).toHaveLength(before + 1);
    expect(failures.map(({ code }) => code)).toEqual(["internal-error"]);
  });

  it("orders and tells nothing that the disk has not taken", async () => {
    const { clock, disk, mind, effects } = wake();
    mind.ask({ ...hold("old"), duration: null } as RolloutEvent);
    disk.isFull = true;
    mind.hear(aDayLater);
    expect(() => mind.ask(hold("new"))).toThrow("the disk is full");
    await clock.pass(60_000);
    expect(effects).toEqual([]);
    disk.isFull = false;
    await clock.pass(10_000);
    expect(effects.map(({ type }) => type)).toEqual(["HoldIsOld"]);
  });

  it("is kept as a snapshot about every thousand events", () => {
    const { disk, mind } = wake();
    for (let count = 0; count < 2_100; count += 1) {
      const type = count % 2 === 0 ? "HoldSet" : "HoldReleased";
      mind.ask({ ...hold("one"), type } as RolloutEvent);
    }
    expect(disk.snapshots).toBe(2);
  });

  it("waits for the awakening, and is on disk when the mind is closed", async () => {
    const { clock, disk, mind } = wake();
    mind.hear(hold("one"));
    mind.close();
    expect(disk.events).toHaveLength(1);
    mind.hear(hold("two"));
    await clock.pass(1_000);
    expect(disk.events).toHaveLength(1);
  });
});

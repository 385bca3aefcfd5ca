import { describe, expect, it } from "vitest";
import { Happenings } from "../../src/conductor/happenings.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import { at } from "../support/contract-builders.ts";
import { Clock, PlayedHome, rp4 } from "./played-home.ts";

async function desk() {
  await using home = new PlayedHome();
  const { view } = await home.open();
  const clock = new Clock();
  const seen = { told: [] as string[], shown: 0, done: [] as string[], failures: 0 };
  let isFull: boolean = false;
  const happenings = new Happenings({
    ...{ home: home.options().home, timers: clock.timers, view: () => view },
    record: () => {
      if (isFull) throw new NixwaveError("hub-state-failed", "the disk is full");
    },
    show: () => {
      seen.shown += 1;
    },
    done: (ids) => seen.done.push(...ids),
    failed: () => {
      seen.failures += 1;
    },
  });
  const announce = (id: string): void =>
    happenings.announce({ type: "DriftSeen", id, at: at(0), host: rp4, current: null });
  const fill = (is: boolean): void => {
    isFull = is;
  };
  return { clock, happenings, announce, fill, seen, view };
}

describe("an announcement", () => {
  it("that is sent again while it is open is told once", async () => {
    const { clock, happenings, announce, seen } = await desk();
    happenings.listen(({ announcement }) => void seen.told.push(announcement.id));
    announce("one");
    announce("one");
    await clock.pass(10);
    announce("one");
    await clock.pass(10);
    expect(seen).toMatchObject({ told: ["one"], shown: 1, done: ["one"] });
  });

  it("is told to nobody before it is on disk, and in its order after", async () => {
    const { clock, happenings, announce, fill, seen } = await desk();
    happenings.listen(({ announcement }) => void seen.told.push(announcement.id));
    fill(true);
    announce("one");
    announce("two");
    await clock.pass(60_000);
    expect(seen).toMatchObject({ told: [], done: [] });
    expect(seen.failures).toBeGreaterThan(0);
    fill(false);
    await clock.pass(10_000);
    expect(seen).toMatchObject({ told: ["one", "two"], done: ["one", "two"] });
  });

  it("waits for a listener; of very many the oldest are let go", async () => {
    const { clock, happenings, announce, seen, view } = await desk();
    for (let count = 0; count < 501; count += 1) announce(`${count}`);
    await clock.pass(10);
    happenings.tend(view.state);
    await clock.pass(10);
    expect(seen.done).toEqual(["0"]);
    happenings.listen(({ announcement }) => void seen.told.push(announcement.id));
    await clock.pass(10);
    expect(seen.told).toHaveLength(500);
    expect(seen.told[0]).toBe("1");
  });
});

import { describe, expect, it } from "vitest";
import type { Conductor } from "../../src/conductor/index.ts";
import { live, WARM, warmHouse } from "./lived-house.ts";
import { nuc, PlayedHome, releaseOf } from "./played-home.ts";

const bathOf = (hub: Conductor) => hub.gates()[0]?.points[0]?.[0] ?? [];

describe("the trace of a gate, for people who look", () => {
  it("holds what the sensor said, in order, and how it was judged", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    hub.openGate("warm", WARM, null);
    const warm = [21, 20, 9];
    let said = 0;
    await live(home, 1.5, () => warm[said++] ?? null);
    const points = bathOf(hub);
    expect(points.map(({ value }) => value)).toEqual(warm);
    expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).toSorted());
    expect(points.at(-1)?.measurement).toBe("Failed");
    expect(points.at(0)?.measurement).toBe("Successful");
    expect(hub.gates()[0]).toMatchObject({ name: "warm", lastRun: null });
  });

  it("still has run, activation and verdict when the attempt is over and the gate has forgotten it", async () => {
    await using home = new PlayedHome();
    const hub = await warmHouse(home);
    hub.offer(releaseOf("new", home.clock.now));
    await live(home, 16, () => 21);
    const [trace] = hub.gates();
    expect(trace?.state.run).toBeNull();
    expect(trace?.lastRun).toMatchObject({ host: nuc, verdict: { status: "Successful" } });
    expect(trace?.lastRun?.activatedAt).toBeGreaterThan(0);
    expect(trace?.lastRun?.rows[0]?.sources[0]?.latest).not.toBeNull();
  });

  it("stays small: a source that says much keeps its newest, and every second of what is older", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    hub.openGate("warm", WARM, null);
    let said = 0;
    await live(home, 400, () => 20 + (said++ % 100) / 100);
    const points = bathOf(hub);
    expect(points.length).toBeLessThanOrEqual(480);
    expect(points.length).toBeGreaterThan(240);
    const [first, last] = [points.at(0)?.at ?? 0, points.at(-1)?.at ?? 0];
    expect(last - first).toBeGreaterThan(300 * 60_000);
    expect(last - (points.at(-2)?.at ?? 0)).toBe(30_000);
  });

  it("begins anew when the clock is set back: time in a plot only rises", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    hub.openGate("warm", WARM, null);
    await live(home, 3, () => 21);
    home.clock.now -= 3_600_000;
    home.clock.forget();
    await live(home, 1, () => 20);
    expect(bathOf(hub).map(({ value }) => value)).toEqual([20, 20]);
  });

  it("is gone with its gate", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const seat = hub.openGate("warm", WARM, null);
    seat.close();
    expect(hub.gates()).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { GateSaid } from "../../src/conductor/index.ts";
import { parsePlan as parseGatePlan } from "../../src/gate/index.ts";
import type { StepKey } from "../../src/rollout/index.ts";
import { live, TOPIC, WARM } from "./lived-house.ts";
import { nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

const keyOf = (home: PlayedHome, host = rp4): StepKey => ({
  ...{ rollout: home.hub?.view.state.rollout?.id as never, host, attempt: 1 },
});

const ASK = "cmnd/bath/TelePeriod";
const ASKED = parseGatePlan({
  rows: [
    {
      ...{ name: "bath", topics: [TOPIC], path: "AM2301.Temperature", is: "above", limit: 15 },
      ...{ interval: "1m", ask: { topic: ASK, payload: "", every: "30s" } },
    },
  ],
  soak: "3m",
});

describe("a gate in the flow", () => {
  it("says once whether the house is healthy before, durable before it says so", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const seat = hub.openGate("warm", WARM, null);
    const said: GateSaid[] = [];
    seat.onSaid((one) => said.push(one));
    const key = { rollout: "r-1" as never, host: rp4, attempt: 1 };
    await live(home, 2, () => 9);
    seat.judgeBefore(key);
    expect(said).toMatchObject([{ key, place: "before", outcome: "unhealthy" }]);
    await live(home, 2, () => 21);
    seat.judgeBefore(key);
    expect(said.at(-1)).toMatchObject({ outcome: "healthy", verdict: null });
    await home.kill();
    const again = await home.open();
    expect(again.openGate("warm", WARM, null).state).toMatchObject({ phase: "Ready", host: rp4 });
  });

  it("waits for a sensor that has not spoken since the hub began, and no longer than it may be silent", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const seat = hub.openGate("warm", WARM, null);
    const said: GateSaid[] = [];
    seat.onSaid((one) => said.push(one));
    const key = { rollout: "r-1" as never, host: rp4, attempt: 1 };
    seat.judgeBefore(key);
    expect(said).toEqual([]);
    await live(home, 1, () => 21);
    expect(said).toMatchObject([{ key, place: "before", outcome: "healthy" }]);
    const silent = { ...key, host: nuc };
    await home.clock.pass(60 * 60_000);
    seat.judgeBefore(silent);
    await home.clock.pass(60 * 60_000);
    expect(said[1]).toMatchObject({ key: silent, place: "before", outcome: "unhealthy" });
    expect(said).toHaveLength(2);
  });

  it("judges an attempt against what it had heard before the trial was ordered", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const plan = planWith({ conduct: "flow", lease: "30m" });
    const hub = await home.open({ plan });
    const steady = parseGatePlan({
      rows: [
        {
          ...{ name: "bath", topics: [TOPIC], path: "AM2301.Temperature", is: "steady" },
          ...{ interval: "30s", baselineWindow: "10m", allowedDecrease: 2 },
        },
      ],
      ...{ soak: "2m", initialDelay: "10s" },
    });
    const seat = hub.openGate("steady", steady, null);
    const said: GateSaid[] = [];
    seat.onSaid((one) => said.push(one));
    await live(home, 10, () => 21);
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(1_000);
    expect(hub.step.tryOn(keyOf(home))).toMatchObject({ accepted: true });
    await live(home, 10, () => 12); // what it hears now is not what was before
    seat.judgeAfter(keyOf(home), home.clock.now as never);
    await live(home, 4, () => 12);
    expect(said).toMatchObject([{ place: "after", outcome: "unhealthy" }]);
    expect(said[0]?.verdict?.reason.code).toBe("changed");
  });

  it("says again what it had said, when it is asked again", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const seat = hub.openGate("warm", WARM, null);
    const said: GateSaid[] = [];
    seat.onSaid((one) => said.push(one));
    const key = { rollout: "r-1" as never, host: rp4, attempt: 1 };
    await live(home, 2, () => 21);
    seat.judgeBefore(key);
    seat.judgeAfter(key, home.clock.now as never);
    await live(home, 8, () => 21);
    seat.judgeAfter(key, home.clock.now as never);
    expect(said.map(({ outcome }) => outcome)).toEqual(["healthy", "healthy", "healthy"]);
    expect(said[2]?.verdict?.at).toBe(said[1]?.verdict?.at);
  });

  it("decides nothing in a dry run", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const seat = hub.openGate("warm", { ...WARM, dryRun: true }, null);
    const said: GateSaid[] = [];
    seat.onSaid((one) => said.push(one));
    seat.judgeBefore({ rollout: "r-1" as never, host: rp4, attempt: 1 });
    expect(said).toMatchObject([{ outcome: "healthy", verdict: { status: "PreflightFailed" } }]);
  });

  it("begins anew when its plan has changed, and listens to a topic once for all rows and gates", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const seat = hub.openGate("warm", WARM, null);
    const other = hub.openGate("second", WARM, null);
    await live(home, 2, () => 21);
    seat.judgeBefore({ rollout: "r-1" as never, host: rp4, attempt: 1 });
    expect(seat.state.phase).toBe("Ready");
    expect(hub.openGate("warm", { ...WARM, soakMs: 120_000 }, null).state.phase).toBe("Listening");
    expect(home.bus.filters.get(TOPIC)).toBe(1);
    other.close();
    hub.openGate("warm", WARM, null).close();
    expect(home.bus.filters.get(TOPIC)).toBe(0);
  });

  it("asks a sensor that speaks only when asked before the trial, too, and at once", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const seat = hub.openGate("warm", ASKED, null);
    const said: GateSaid[] = [];
    seat.onSaid((one) => said.push(one));
    await home.clock.pass(60_000);
    const asked = (): number => home.broker.said.filter(({ topic }) => topic === ASK).length;
    expect(asked()).toBe(0);
    const key = { rollout: "r-1" as never, host: rp4, attempt: 1 };
    seat.judgeBefore(key);
    expect(asked()).toBe(1);
    await live(home, 1, () => 21);
    expect(said).toMatchObject([{ key, place: "before", outcome: "healthy" }]);
  });

  it("asks sensors that can be asked, and counts nothing while the broker is away", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const seat = hub.openGate("warm", ASKED, null);
    await live(home, 2, () => 21);
    const key = { rollout: "r-1" as never, host: rp4, attempt: 1 };
    seat.judgeBefore(key);
    seat.judgeAfter(key, home.clock.now as never);
    await home.clock.pass(60_000);
    expect(home.broker.said.some(({ topic }) => topic === ASK)).toBe(true);
    home.bus.lose(null as never);
    expect(seat.state.lost).toEqual(["broker"]);
    home.bus.comeBack();
    expect(seat.state.lost).toEqual([]);
  });
});

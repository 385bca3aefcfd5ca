import { describe, expect, it } from "vitest";
import { Offers } from "../../src/conductor/offers.ts";
import { Statements } from "../../src/conductor/statements.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import { newRolloutState } from "../../src/rollout/index.ts";
import { CHANNEL, CI_KEY, FLEET, keyFrom, NOON, trusting } from "../support/contract-builders.ts";
import { doWell, nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

const full = new NixwaveError("hub-state-failed", "the disk is full");

describe("a host that carries the broker", () => {
  it("is kept over a new session of the hub, opened after its activation, however long that takes", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const plan = planWith({ hosts: [rp4, { host: nuc, carries: ["broker", "hub"] }] });
    const hub = await home.open({ plan });
    home.bus.renewFails = new NixwaveError("broker-unreachable", "nobody there");
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(hub.view.hosts[1]?.stepState).toBe("Verifying");
    expect(home.failures.map(({ code }) => code)).toContain("broker-unreachable");
    home.bus.renewFails = null;
    await home.clock.pass(10_000);
    const [renewed, ...more] = home.bus.renewals;
    expect(more).toEqual([]);
    expect(hub.view.session).toBe(renewed);
    home.play(nuc, doWell); // its agent reconnects too
    home.repeat(nuc);
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
    expect(hub.view.state.outbox).toEqual([]);
  });
});

describe("a release", () => {
  it("loses a bad statement and keeps the good ones, and examining it begins nothing", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const good = releaseOf("new", home.clock.now, [rp4]);
    const bad = releaseOf("new", home.clock.now, [nuc], keyFrom("stranger-1"));
    const both = { v: 1, statements: [...good.statements, ...bad.statements] } as const;
    expect(hub.examine(both)).toMatchObject({
      ...{ accepted: [rp4], refused: [{ code: "signature-invalid" }] },
      hosts: [{ host: rp4 }],
    });
    expect(hub.view.state.next).toBeNull();
    expect(hub.offer(both)).toMatchObject({ accepted: [rp4], title: "nixpkgs bump" });
    expect(hub.view.state.newestSerial).toBeGreaterThan(0);
    expect(hub.offer(bad)).toMatchObject({ serial: null, accepted: [] });
  });

  it("that the disk did not take is refused with the reason, and offered again by itself", () => {
    const asked: string[] = [];
    const kept: string[] = [];
    let isFull: boolean = true as boolean;
    const write = (key: string): void => {
      if (isFull) throw full;
      kept.push(key);
    };
    const store = { keep: write, recall: () => null, atomically: <T>(work: () => T): T => work() };
    const state = newRolloutState(planWith({}), NOON);
    const ask = ({ type }: { type: string }): null => {
      asked.push(type);
      return null;
    };
    const mind = { isAwake: true, state, ask };
    const offers = new Offers({
      ...{ fleet: FLEET, channel: CHANNEL, releaseKeys: trusting(1, CI_KEY), now: () => NOON },
      ...{ bus: null as never, mind: mind as never, failed: () => undefined },
      heard: { tell: () => undefined },
      statements: new Statements(store),
    });
    const { accepted, refused } = offers.offer(releaseOf("new", NOON));
    expect({ accepted, refused }).toMatchObject({
      ...{ accepted: [], refused: [{ code: "hub-state-failed" }] },
    });
    expect(asked).toEqual([]);
    isFull = false;
    offers.again();
    expect(asked).toEqual(["ReleaseVerified"]);
    expect(kept).toEqual(["statements/rp4", "statements/nuc"]);
    offers.again();
    expect(asked).toHaveLength(1);
  });

  it("is heard as it comes, also by who listens later", async () => {
    await using home = new PlayedHome();
    const release = releaseOf("new", home.clock.now);
    home.broker.tell({ kind: "release", channel: "main" as never }, release);
    const hub = await home.open();
    const heard: unknown[] = [];
    const stop = hub.onRelease((one) => heard.push(one));
    await home.clock.pass(10);
    expect(heard).toEqual([release]);
    stop();
    home.broker.tell({ kind: "release", channel: "main" as never }, release);
    expect(heard).toHaveLength(1);
    expect(home.orders).toEqual([]);
  });
});

describe("the clock", () => {
  it("that is not synchronised keeps trials from beginning until it is", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    home.isSynchronised = false;
    await home.clock.pass(20_000);
    expect(hub.view.state.clockSynchronised).toBe(false);
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(home.orders.filter(({ goal }) => goal === "trial")).toEqual([]);
    home.isSynchronised = true;
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  });
});

describe("screens", () => {
  it("are told what changed, once, and not what is as it was", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(120_000);
    expect(home.broker.held({ kind: "screenHostState", host: rp4 })).toBe("updated");
    expect(home.broker.held({ kind: "screenProblem" })).toBe("OFF");
    expect(home.broker.held({ kind: "screenHostUpdate", host: rp4 })).toMatchObject({
      ...{ title: "nixpkgs bump", in_progress: false },
    });
    const { length } = home.broker.said;
    await home.clock.pass(600_000);
    expect(home.broker.said).toHaveLength(length);
    const events = home.broker.heard({ kind: "screenEvent" }).map(({ event_type }) => event_type);
    expect(events).toEqual(
      expect.arrayContaining(["rollout-started", "host-ended", "rollout-ended"]),
    );
    expect(events.filter((type) => type === "rollout-ended")).toHaveLength(1);
  });

  it("and watchers hear of changes at most ten times a second", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    const views = new Set<object>();
    const stop = hub.watch((view) => views.add(view));
    expect(views.size).toBe(1);
    for (let seq = 0; seq < 200; seq += 1) {
      home.report(rp4, { phase: "idle" });
      await home.clock.pass(10);
    }
    expect(views.size).toBeGreaterThan(15);
    expect(views.size).toBeLessThanOrEqual(22);
    stop();
  });
});

describe("who listens", () => {
  it("and throws takes nothing from the others", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    hub.onHappened(() => {
      throw new Error("a node's fault");
    });
    hub.watch(() => {
      throw new Error("a node's fault");
    });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(home.happened.at(-1)?.announcement.type).toBe("RolloutEnded");
    expect(home.failures.every(({ code }) => code === "internal-error")).toBe(true);
  });

  it("may ask at once, in the middle of what it is told", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({ plan: planWith({ soak: "10m" }) });
    hub.onHappened(({ announcement }) => {
      if (announcement.type === "StepStarted") hub.ask({ verb: "abort", by: "anna", host: null });
    });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(120_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Aborted");
    const counters = home.orders.filter(({ host }) => host === rp4).map(({ counter }) => counter);
    expect(counters).toEqual(counters.toSorted((a, b) => a - b));
  });
});

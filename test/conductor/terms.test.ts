import { describe, expect, it } from "vitest";
import { record } from "../../src/conductor/records.ts";
import { newRolloutState } from "../../src/rollout/index.ts";
import { openStore } from "../../src/store/index.ts";
import { at } from "../support/contract-builders.ts";
import { live, WARM } from "./lived-house.ts";
import { nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

describe("a home without a rollout in its flow", () => {
  it("shows its hosts and the release that lies there, and begins nothing", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.broker.tell(
      { kind: "release", channel: "main" as never },
      releaseOf("new", home.clock.now),
    );
    const hub = await home.open();
    await home.restart(); // with a journal, and with none, it is the same
    home.report(rp4, { phase: "idle" });
    await home.clock.pass(600_000);
    expect(home.orders).toEqual([]);
    expect(home.hub?.view.hosts.map(({ host, online }) => [host, online])).toEqual([
      [rp4, true],
      [nuc, false],
    ]);
    expect(home.hub?.view.hosts[0]?.reported?.phase).toBe("idle");
    expect(home.hub?.view.status).toBeNull();
    expect(hub).not.toBe(home.hub);
  });
});

describe("a plan that is changed in the middle of a rollout", () => {
  it("applies from the next one on", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({ plan: planWith({ soak: "1m" }) });
    hub.offer(releaseOf("first", home.clock.now));
    await home.clock.pass(30_000);
    expect(hub.view.hosts[0]?.stepState).toBe("Soaking");
    hub.setPlan(planWith({ hosts: [nuc, rp4], soak: "3m" }));
    await home.clock.pass(3 * 60_000);
    const tried = () => home.orders.filter(({ goal }) => goal === "trial").map(({ host }) => host);
    expect(tried()).toEqual([rp4, nuc]);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
    home.orders.length = 0;
    hub.offer(releaseOf("second", home.clock.now));
    await home.clock.pass(2 * 60_000);
    expect(tried()).toEqual([nuc]);
    await home.clock.pass(6 * 60_000);
    expect(tried()).toEqual([nuc, rp4]);
  });
});

describe("a release that was offered before", () => {
  it("and comes again from the broker after a restart begins no second rollout", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const release = releaseOf("new", home.clock.now);
    home.broker.tell({ kind: "release", channel: "main" as never }, release);
    const hub = await home.open();
    hub.onRelease((one) => void hub.offer(one));
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
    home.orders.length = 0;
    home.happened.length = 0;
    const again = await home.restart();
    again.onRelease((one) => void again.offer(one));
    await home.clock.pass(10 * 60_000);
    expect(home.orders).toEqual([]);
    expect(home.happened).toEqual([]);
    expect(again.history(5)).toHaveLength(1);
  });
});

describe("what was counted for attempts", () => {
  it("is forgotten with them", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const terms = { gates: ["preflight", "soak"], soak: "1m", lease: "30m", maxTrial: "2h" };
    const hub = await home.open({ plan: planWith(terms) });
    hub.openGate("warm", WARM, null);
    await live(home, 4, () => 21);
    hub.offer(releaseOf("new", home.clock.now));
    await live(home, 15, () => 21);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
    await hub.close();
    home.hub = null;
    const parse = (json: unknown): never => json as never;
    const store = openStore(home.folder, {
      ...{ parseState: parse, parseEvent: parse, parsePast: parse },
      at: at(0),
    });
    expect(store.recall("gate/warm/runs", parse)).toEqual([]);
    store.close();
  });
});

describe("the journal of an older hub", () => {
  const forgets = (host: typeof rp4, state: string): boolean => {
    let isForgotten: boolean = false;
    const store = { forgetPrevious: () => (isForgotten = true), recordEnd: () => undefined };
    const carriers = [{ host: rp4, carries: ["hub"] }, { host: nuc }];
    const plan = planWith({ hosts: carriers });
    const view = { state: newRolloutState(plan, at(0)), status: null };
    record(store as never, { announcement: { type: "HostEnded", host, state }, view } as never);
    return isForgotten;
  };

  it("is deleted once the hub's own host stays as it is, and not before", () => {
    expect(forgets(rp4, "Succeeded")).toBe(true);
    expect(forgets(rp4, "RolledBack")).toBe(false);
    expect(forgets(nuc, "Succeeded")).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { parseSessionId } from "../../src/contract/index.ts";
import {
  HUB_KEY,
  keyFrom,
  orderOf,
  pathFor,
  sealOrder,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import { doWell, nuc, PlayedHome, releaseOf, rp4 } from "./played-home.ts";

const OTHER = parseSessionId("22222222-2222-4222-8222-222222222222");

function orderBy(
  home: PlayedHome,
  terms: { counter: number; hub?: typeof OTHER; key?: typeof HUB_KEY },
) {
  const statement = sealStatement(statementOf("earlier"));
  const { counter, hub = OTHER, key = HUB_KEY } = terms;
  const order = sealOrder(orderOf(statement.digest, { counter: counter as never, hub }), key);
  home.broker.tell(
    { kind: "desired", host: rp4 },
    { v: 1, order: order.envelope, statement: statement.envelope },
  );
}

/** rp4 is online and has not said which wire it speaks; nuc is there too. A release comes, and rp4 is ordered by a guess. */
async function openAndGuess(home: PlayedHome) {
  home.play(nuc);
  const hub = await home.open();
  home.broker.tell({ kind: "availability", host: rp4 }, { state: "online", session: OTHER });
  hub.offer(releaseOf("new", home.clock.now));
  await home.clock.pass(1_000);
  return hub;
}

const standOf = ({ view }: Awaited<ReturnType<PlayedHome["open"]>>) =>
  view.hosts.find(({ host }) => host === rp4)?.stepState;

describe("orders that the hub hears", () => {
  it("teach it its counter, though it lost its memory of them", async () => {
    await using home = new PlayedHome();
    const ahead = home.clock.now + 7_000_000;
    orderBy(home, { counter: ahead });
    const hub = await home.open();
    expect(hub.view.state.lastCounter).toBe(ahead);
    expect(hub.view.state.fenced).toBeNull();
    home.play(rp4);
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(1_000);
    expect(home.orders.at(-1)).toMatchObject({ hub: OTHER });
    expect(home.orders.at(-1)?.counter).toBeGreaterThan(ahead);
  });

  it("fence it when another installation uses its key, until a person chooses this one", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    orderBy(home, { counter: home.clock.now + 5 });
    await home.clock.pass(100);
    expect(hub.view.state.fenced).toMatchObject({ instance: OTHER });
    home.orders.length = 0;
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(home.orders).toEqual([]);
    expect(hub.ask({ verb: "hold", by: "anna", host: null }).message).toContain("second hub");
    hub.ask({ verb: "resume", by: "anna", host: null });
    expect(hub.ask({ verb: "unfence", by: "anna", host: null })).toMatchObject({ accepted: true });
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  });

  it("do not fence it again by what the other hub left behind", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    orderBy(home, { counter: home.clock.now + 5 });
    await home.clock.pass(100);
    hub.ask({ verb: "unfence", by: "anna", host: null });
    const again = await home.restart();
    await home.clock.pass(1_000);
    expect(again.view.state.fenced).toBeNull();
    orderBy(home, { counter: home.clock.now + 50 });
    await home.clock.pass(100);
    expect(again.view.state.fenced).toMatchObject({ instance: OTHER });
  });

  it("fence it when a copy of its own state folder orders now", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    const hub = await home.open();
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(1_000);
    const own = home.orders.at(-1)?.hub;
    orderBy(home, { counter: hub.view.state.lastCounter + 1, hub: own as never });
    await home.clock.pass(100);
    expect(hub.view.state.fenced).toMatchObject({ instance: own });
  });

  it("mean nothing when another key signed them", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    orderBy(home, { counter: home.clock.now + 5, key: keyFrom("stranger-1") });
    await home.clock.pass(100);
    expect(hub.view.state).toMatchObject({ fenced: null, lastCounter: 0 });
  });
});

describe("a host whose agent speaks no wire version of the hub's", () => {
  it("is ordered nothing, is passed over with the reason, and the others go on", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    home.report(rp4, { wire: [2, 3], agent: "0.9.0" });
    const hub = await home.open();
    home.repeat(rp4);
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(home.orders.filter(({ host }) => host === rp4)).toEqual([]);
    const status = home.broker.held({ kind: "rolloutStatus" });
    expect(status).toMatchObject({ phase: "Completed", paused: [] });
    expect(status?.hosts.find(({ host }) => host === rp4)).toMatchObject({
      state: "Skipped",
      why: "wire-too-far: its agent 0.9.0 speaks wire version 2 and 3, this hub 1",
    });
    expect(status?.hosts.find(({ host }) => host === nuc)?.state).toBe("Succeeded");
  });

  it("is ordered again with the next release, once it is back within reach", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    home.report(rp4, { wire: [2, 3] });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    home.report(rp4, { wire: [1, 2] });
    hub.offer(releaseOf("newer", home.clock.now));
    await home.clock.pass(60_000);
    expect(home.orders.some(({ host }) => host === rp4)).toBe(true);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  });

  it("is not passed over for what it said before it came back, since it may have been updated", async () => {
    await using home = new PlayedHome();
    home.play(nuc);
    home.report(rp4, { wire: [2, 3] });
    const hub = await home.open();
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    const own = () => home.broker.held({ kind: "desired", host: rp4 });
    expect(own()).toBeNull();
    home.broker.tell({ kind: "availability", host: rp4 }, { state: "online", session: OTHER });
    await home.clock.pass(100);
    expect(own()).not.toBeNull();
    expect(standOf(hub)).toBe("Staging");
    home.report(rp4, { session: OTHER, wire: [1, 2] });
    await home.clock.pass(100);
    expect(standOf(hub)).toBe("Staging");
  });

  it("is passed over as soon as it says that it still speaks none, not with the next copy of the order", async () => {
    await using home = new PlayedHome();
    const hub = await openAndGuess(home);
    expect(home.broker.held({ kind: "desired", host: rp4 })).not.toBeNull();
    home.report(rp4, { session: OTHER, wire: [2, 3] });
    await home.clock.pass(100);
    expect(standOf(hub)).toBe("Skipped");
  });

  it("is ordered nothing more once a second hub was seen, whatever it says then", async () => {
    await using home = new PlayedHome();
    const hub = await openAndGuess(home);
    orderBy(home, { counter: home.clock.now + 5 });
    await home.clock.pass(100);
    home.report(rp4, { session: OTHER, wire: [2, 3] });
    await home.clock.pass(100);
    expect(hub.view.state.fenced).toMatchObject({ instance: OTHER });
    expect(standOf(hub)).toBe("Staging");
  });

  it("is not told to keep a trial that made it so; its own report at the end of the lease ends the turn", async () => {
    await using home = new PlayedHome();
    home.play(rp4, (order, statement) => {
      const wire = order.goal === "trial" ? [2, 3] : [1];
      return { ...doWell(order, statement), wire };
    });
    home.play(nuc);
    const hub = await home.open();
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(30_000);
    const own = () => home.orders.filter(({ host }) => host === rp4);
    expect(own().map(({ goal }) => goal)).toEqual(["stage", "trial"]);
    const stand = () =>
      home.broker.held({ kind: "rolloutStatus" })?.hosts.find(({ host }) => host === rp4);
    expect(stand()).toMatchObject({ state: "Committing" });
    expect(stand()?.why).toMatch(/^wire-too-far: its agent/);
    const { rollout, attempt, counter } = own().at(-1) as (typeof home.orders)[number];
    const outcome = { code: "rolled-back", reason: "lease-expired", message: "" } as const;
    const target = pathFor(`new ${rp4}`);
    home.report(rp4, { rollout, attempt, counter, target, outcome, current: pathFor("old") });
    await home.clock.pass(1_000);
    expect(stand()?.state).toBe("RolledBack");
  });
});

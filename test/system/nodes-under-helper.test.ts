import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bus, clientIdFor, openBus } from "../../src/bus/index.ts";
import type { Order, Presence } from "../../src/contract/index.ts";
import { startAedes } from "../support/brokers.ts";
import { NtfyDouble } from "../support/ntfy-double.ts";
import { type Caught, flowOn, STRANGE, soon } from "./nodes-helper-flow.ts";
import { helpFlow, type Message } from "./nodes-helper-rig.ts";
import { goalsOf, nuc, rp4, sayRelease } from "./nodes-rig.ts";
import { CLOSED } from "./phone-rig.ts";
import { playHost } from "./played-hosts.ts";

describe.each(["node-red", "node-red-4"])("each node under the test helper of %s", (runtime) => {
  const end = new AsyncDisposableStack();
  const orders: Order[] = [];
  const phones = new NtfyDouble(CLOSED);
  const presences: Presence[] = [];
  let red: Awaited<ReturnType<typeof helpFlow>>;
  let house: { readonly brokerUrl: string };
  let sensor: Bus;

  beforeAll(async () => {
    const broker = await startAedes();
    end.defer(() => broker.stop());
    house = { brokerUrl: broker.url };
    await phones.start();
    end.use(phones);
    red = await helpFlow(runtime, flowOn(broker.port, phones.url), {
      phone: { token: "tk_hub", buttonToken: "tk_button" },
    });
    end.defer(() => red.forget());
    end.defer(() => red.unload());
    for (const host of [rp4, nuc]) {
      const bus = await playHost(house, host, orders);
      end.defer(() => bus.close());
    }
    sensor = await openBus({ broker: broker.url, clientId: clientIdFor("sensor", "test") });
    end.defer(() => sensor.close());
    const timer = setInterval(() => sensor.say("home/bedroom", Buffer.from("21.5")), 200);
    end.defer(() => clearInterval(timer));
    await sensor.subscribe({ kind: "hubStatus" }, ({ payload }) => presences.push(payload));
  });
  afterAll(() => end.disposeAsync());

  /** The code of what a node gave to Catch, for the first message after `act`. */
  async function caughtOf(id: string, act: () => void): Promise<string> {
    const before = red.heard("caught").length;
    act();
    const ofNode = (): readonly Caught[] =>
      red
        .heard("caught")
        .slice(before)
        .map(({ error }) => error as Caught)
        .filter(({ source }) => source.id === id);
    await expect.poll(ofNode, soon).not.toEqual([]);
    return ofNode()
      .map(({ message }) => message)
      .join();
  }
  const stepOf = (host: string): Message | undefined =>
    red.heard("step").find(({ payload }) => (payload as { host: string }).host === host);
  /** Gives rp4's step to a node and waits for what comes out at `output`. */
  async function passed(id: string, output: string): Promise<Message> {
    red.give(id, stepOf("rp4") as Message);
    await expect.poll(() => red.heard(output).length, soon).toBe(1);
    return red.heard(output)[0] as Message;
  }

  it("fleet: opens, knows its key, and is there for others on the broker", async () => {
    expect(red.node("fleet").publicKey).toMatch(/^hub-1:/);
    await expect.poll(() => red.node("fleet").conductor?.view.isLearning, soon).toBe(false);
    await expect.poll(() => presences.at(-1)?.state, soon).toBe("online");
  });

  it("release: waits, then sends what is verified", async () => {
    expect(red.shown("release").at(-1)).toBe("grey waiting for release");
    await sayRelease(house, "new");
    await expect.poll(() => red.heard("verified").length, soon).toBe(1);
    expect(red.shown("release").at(-1)).toBe("green 2 hosts verified");
    const { payload } = red.heard("verified")[0] as { payload: { hosts: unknown[] } };
    expect(payload.hosts).toHaveLength(2);
  });

  it("rollout: takes no other message, and says a step for a release", async () => {
    expect(await caughtOf("rollout", () => red.give("rollout", STRANGE))).toMatch(
      /^invalid-field:/,
    );
    red.give("rollout", red.heard("verified")[0] as Message);
    await expect.poll(() => stepOf("rp4"), soon).toBeDefined();
    expect(stepOf("rp4")).toMatchObject({ nixwave: { host: "rp4", attempt: 1, resumed: false } });
  });

  it("sensor gate, before: takes no other message, and lets a healthy house through", async () => {
    expect(await caughtOf("before", () => red.give("before", STRANGE))).toMatch(/^invalid-field:/);
    expect(await passed("before", "passed")).toMatchObject({ nixwave: { outcome: "healthy" } });
    expect(red.shown("before").at(-1)).toBe("green healthy");
  });

  it("ask: takes no other message, asks about the step, and sends it on when approved", async () => {
    expect(await caughtOf("ask", () => red.give("ask", STRANGE))).toMatch(/^invalid-field:/);
    red.give("ask", stepOf("rp4") as Message);
    await expect.poll(() => red.shown("ask").at(-1), soon).toBe("yellow asks about rp4");
    red.give("ask", { payload: "approve", by: "Ada" });
    await expect.poll(() => red.heard("approved").length, soon).toBe(1);
    expect(red.heard("approved")[0]).toMatchObject({
      nixwave: { decision: "approved", by: "Ada" },
    });
  });

  it("try on host: takes no other message, orders the trial and waits for the host", async () => {
    expect(await caughtOf("try", () => red.give("try", STRANGE))).toMatch(/^invalid-field:/);
    expect(goalsOf(orders)).not.toContain("trial");
    expect(await passed("try", "running")).toMatchObject({ nixwave: { state: "Soaking" } });
    expect(red.shown("try")).toEqual(
      expect.arrayContaining(["blue trying rp4", "green runs on rp4"]),
    );
    expect(goalsOf(orders)).toContain("trial");
  });

  it("sensor gate, after: takes no other message, watches the trial and finds it healthy", async () => {
    expect(await caughtOf("after", () => red.give("after", STRANGE))).toMatch(/^invalid-field:/);
    expect(await passed("after", "healthy")).toMatchObject({ nixwave: { outcome: "healthy" } });
    expect(red.shown("after").at(-1)).toBe("green healthy");
  });

  it("keep or undo: takes no other word, keeps, and is done", async () => {
    const perhaps = { ...stepOf("rp4"), verdict: "perhaps" };
    expect(await caughtOf("end", () => red.give("end", perhaps))).toMatch(/^invalid-field:/);
    expect(goalsOf(orders)).not.toContain("commit");
    red.give("end", { ...stepOf("rp4"), verdict: "keep" });
    await expect.poll(() => red.shown("end").at(-1), soon).toBe("green keeps rp4");
    await expect.poll(() => stepOf("nuc"), soon).toBeDefined();
    expect(red.heard("done").length).toBe(1);
  });

  it("command: holds by its table, shows an unknown word, and says what is wrong with a table", async () => {
    red.give("switch", { payload: "ON" });
    await expect.poll(() => red.shown("switch").at(-1), soon).toBe("green hold");
    red.give("switch", { payload: "perhaps" });
    await expect.poll(() => red.shown("switch").at(-1), soon).toBe("yellow unknown word");
    expect(await caughtOf("wrong", () => red.give("wrong", { payload: "ON" }))).toMatch(
      /^fleet-config-invalid:/,
    );
  });

  it("events: tells what happened, with a notification where people should hear of it", async () => {
    await expect.poll(() => red.heard("told").map(({ topic }) => topic), soon).toContain("Paused");
    const started = red.heard("told").find(({ topic }) => topic === "RolloutStarted");
    expect(started).toMatchObject({ notification: { title: expect.any(String) } });
    expect(red.shown("events").length).toBeGreaterThan(0);
  });

  it("ntfy: posts a notification, and what the server refuses goes to Catch", async () => {
    const { notification } = red.heard("told").find((one) => one["notification"]) as Message;
    red.give("phone", { notification });
    await expect.poll(() => red.heard("sent").length, soon).toBe(1);
    const { title } = notification as { title: string };
    expect(phones.sent("home")).toMatchObject([{ title }]);
    phones.refuse(403, 1);
    const said = await caughtOf("phone", () => red.give("phone", { notification }));
    expect(said).toMatch(/^web-request-failed: not sent: it answered 403/);
    expect(red.shown("phone").at(-1)).toBe("red token refused");
  });

  it("ntfy: its test button waits for the tap on a phone", async () => {
    const test = async (method: "get" | "post") =>
      (await red.ask(method, "/nixwave/notify/phone/test")).body;
    expect(await test("post")).toEqual({ state: "sending", why: "" });
    await expect.poll(() => test("get"), soon).toEqual({ state: "waiting", why: "" });
    await phones.tap(phones.sent("home").at(-1), "I see it");
    await expect.poll(() => test("get"), soon).toEqual({ state: "tapped", why: "" });
    expect((await red.ask("post", "/nixwave/notify/mute/test")).status).toBe(404);
  });

  it("ntfy: another site's page cannot ring the phones by it", async () => {
    const before = phones.sent("home").length;
    const { status, body } = await red.ask("post", "/nixwave/notify/phone/test", {});
    expect([status, body]).toMatchObject([403, { code: "foreign-request" }]);
    expect(phones.sent("home")).toHaveLength(before);
  });

  it("ntfy: a tapped Hold holds the house, and is answered", async () => {
    const actions = [{ verb: "hold", label: "Hold", host: "nuc" }];
    const notification = { sequenceId: "x", title: "x", body: "x", priority: 3, actions };
    red.give("phone", { notification });
    const shown = () => phones.sent("home").findLast((one) => one.sequence_id === "x");
    await expect.poll(() => shown()?.actions?.length, soon).toBe(1);
    await phones.tap(shown(), "Hold");
    const titles = () => phones.sent("home").map(({ title }) => title);
    await expect.poll(titles, soon).toContain("Hold: done");
    const { conductor } = red.node("fleet");
    const held = conductor?.view.state.holds.map(({ source, host }) => `${source} ${host}`);
    expect(held).toContain("phone nuc");
    conductor?.ask({ verb: "resume", by: "test", host: nuc });
  });

  it("ntfy without a topic: sends nothing, is done with each message, and calls it no fault", async () => {
    const [before, done] = [red.heard("caught").length, red.heard("done").length];
    red.give("mute", { payload: "good morning" });
    await expect.poll(() => red.heard("done").length, soon).toBe(done + 1);
    expect(red.heard("caught").length).toBe(before);
    expect(red.shown("mute")).toEqual(["grey no topic yet"]);
  });

  it("every node closes in time, with a step and a question still open, and says goodbye", async () => {
    red.give("ask", stepOf("nuc") as Message);
    await expect.poll(() => red.shown("ask").at(-1), soon).toBe("yellow asks about nuc");
    const caught = red.heard("caught").length;
    await red.unload();
    await expect.poll(() => presences.at(-1)?.state, soon).toBe("offline");
    expect(red.heard("caught").length).toBe(caught);
    for (const id of ["release", "rollout", "before", "ask", "try", "after", "end", "switch"]) {
      for (const text of red.shown(id)) expect(text.replace(/^\w+ /, "").length).toBeLessThan(21);
    }
  });
});

import type { MqttClient } from "mqtt";
// biome-ignore lint/correctness: a CommonJS dependency of mqtt and aedes
import mqttPacket from "mqtt-packet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_PACKET_BYTES } from "../../src/broker/index.ts";
import {
  type BrokerHome,
  base,
  connectPacket,
  inTempFolder,
  listenerOf,
  openHome,
} from "./broker-home.ts";

let home: BrokerHome;
beforeEach(async () => {
  home = await openHome({ anonymous: { topics: ["tele/#", "cmnd/#"] } });
});
afterEach(() => home.close());

/** The broker's answers to one SUBSCRIBE. */
const grantedTo = (client: MqttClient, ...filters: string[]): Promise<unknown> =>
  new Promise((resolve) => {
    client.subscribe(filters, { qos: 1 }, (_error, _granted, packet) => resolve(packet?.granted));
  });

describe("reading", () => {
  test("a SUBSCRIBE with a granted and a refused filter does not leak the refused one after a reconnect", async () => {
    const clean = { clean: false, clientId: "rp3" };
    const first = await home.connect("rp3", clean);
    const own = `${base}/hosts/rp3/desired`;
    expect(await grantedTo(first, own, `${base}/hosts/rp4/desired`)).toEqual([1, 128]);
    first.stream.destroy();
    await home.untilEvent(({ kind }) => kind === "disconnected");
    const hub = await home.connect("hub");
    await hub.publishAsync(`${base}/hosts/rp4/desired`, "for rp4", { qos: 1 });
    const second = await home.connect("rp3", clean);
    const heard = listenerOf(second);
    await hub.publishAsync(`${base}/hosts/rp4/desired`, "for rp4 again", { qos: 1 });
    await second.subscribeAsync(`${base}/hub/status`, { qos: 1 });
    await hub.publishAsync(`${base}/hub/status`, "fence", { qos: 1 });
    await heard.until(`${base}/hub/status`);
    expect(heard.heard.map(({ text }) => text)).toEqual(["fence"]);
  });

  test("`#` shows what may be read and nothing else, retained and live", async () => {
    const hub = await home.connect("hub");
    const retained = { qos: 1, retain: true } as const;
    await hub.publishAsync(`${base}/hosts/rp3/desired`, "old", retained);
    await hub.publishAsync(`${base}/hosts/rp4/desired`, "old", retained);
    await hub.publishAsync(`${base}/rollout/status`, "old", retained);
    const all = await home.listen("anna", "#");
    await all.until(`${base}/rollout/status`);
    const rp3 = await home.listen("rp3", "#");
    await hub.publishAsync(`${base}/hosts/rp4/desired`, "new", retained);
    await hub.publishAsync(`${base}/hosts/rp3/desired`, "new", retained);
    await hub.publishAsync(`${base}/control/anna/response`, "new", { qos: 1 });
    await hub.publishAsync(`${base}/hub/status`, "fence", { qos: 1 });
    await rp3.until(`${base}/hub/status`);
    const topics = new Set(rp3.heard.map(({ topic }) => topic));
    expect(topics).toEqual(
      new Set([`${base}/hosts/rp3/desired`, `${base}/rollout/status`, `${base}/hub/status`]),
    );
    expect(
      rp3.heard.filter(({ topic }) => topic.endsWith("rp3/desired")).map(({ text }) => text),
    ).toEqual(["old", "new"]);
  });

  test("shared subscriptions are refused, because they would deliver nothing", async () => {
    const raw = await home.raw();
    raw.send(connectPacket("hub"));
    await raw.until("connack");
    const subscriptions = [{ topic: "$share/group/tele/#", qos: 1 }] as const;
    raw.send({ cmd: "subscribe", messageId: 1, subscriptions: [...subscriptions] });
    expect(await raw.until("suback")).toMatchObject({ granted: [128] });
  });

  test("hosts and devices do not see who connects, an operator does", async () => {
    expect(await grantedTo(await home.connect("rp3"), "$SYS/#")).toEqual([128]);
    const anna = await home.listen("anna", "$SYS/#");
    await home.connect("rp4");
    const topic = `$SYS/${anna.heard[0]?.topic.split("/")[1] ?? "+"}/new/clients`;
    await anna.until(topic, "rp4");
  });

  test("a subscriber that never reads does not hold up the others", async () => {
    const sleeper = await home.raw();
    sleeper.send(connectPacket("anna"));
    await sleeper.until("connack");
    sleeper.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: `${base}/releases/+`, qos: 0 }],
    });
    await sleeper.until("suback");
    sleeper.socket.pause();
    const hub = await home.listen("hub", `${base}/releases/+`);
    const ci = await home.connect("ci");
    const large = Buffer.alloc(250_000, "x");
    for (let round = 0; round < 120; round += 1) {
      await ci.publishAsync(`${base}/releases/main`, large, { qos: 1 });
    }
    await ci.publishAsync(`${base}/releases/main`, "last", { qos: 1 });
    await hub.until(`${base}/releases/main`, "last");
    await home.untilEvent(
      ({ kind, ...rest }) => kind === "client-failed" && "client" in rest && rest.client === "anna",
    );
  });
});

describe("writing", () => {
  test("a refused publish is acknowledged, dropped and not sent again for ever", async () => {
    const observer = await home.listen("anna", `${base}/#`);
    const rp3 = await home.connect("rp3", { reconnectPeriod: 1 });
    let closes = 0;
    rp3.on("close", () => {
      closes += 1;
    });
    for (const qos of [0, 1, 2] as const) {
      await rp3.publishAsync(`${base}/hosts/rp4/reported`, `forged ${qos}`, { qos, retain: true });
    }
    await rp3.publishAsync(`${base}/hosts/rp3/reported`, "true", { qos: 1 });
    await observer.until(`${base}/hosts/rp3/reported`);
    expect(observer.heard.map(({ text }) => text)).toEqual(["true"]);
    expect(closes).toBe(0);
    const late = await home.listen("anna", `${base}/hosts/+/reported`);
    const hub = await home.connect("hub");
    await late.client.subscribeAsync(`${base}/hub/status`);
    await hub.publishAsync(`${base}/hub/status`, "fence");
    await late.until(`${base}/hub/status`);
    expect(late.heard.map(({ text }) => text)).toEqual(["fence"]); // nothing was retained
  });

  test("a flood of refused publishes is told once and others are served meanwhile", async () => {
    const observer = await home.listen("hub", "tele/#");
    const rp3 = await home.connect("rp3");
    const flood = Array.from({ length: 5000 }, () =>
      rp3.publishAsync(`${base}/hosts/rp4/reported`, "forged", { qos: 1 }),
    );
    const plug = await home.connect("plug");
    await plug.publishAsync("tele/plug/SENSOR", "21.5", { qos: 1 });
    await observer.until("tele/plug/SENSOR");
    await Promise.all(flood);
    const told = home.events.filter(({ kind }) => kind === "publish-dropped");
    expect(told).toEqual([
      { kind: "publish-dropped", client: "rp3", user: "rp3", topic: `${base}/hosts/rp4/reported` },
    ]);
  });

  test("nobody ends another's connection through the broker's own topics", async () => {
    const rp3 = await home.connect("rp3");
    let isClosed = false;
    rp3.on("close", () => {
      isClosed = true;
    });
    for (const user of ["hub", "anna", "plug", null]) {
      const client = await home.connect(user);
      await client.publishAsync("$SYS/another/new/clients", "rp3", { qos: 1 });
      await client.publishAsync("$SYS/another/heartbeat", "another", { qos: 1 });
    }
    const observer = await home.listen("hub", `${base}/#`);
    await rp3.publishAsync(`${base}/hosts/rp3/reported`, "alive", { qos: 1 });
    await observer.until(`${base}/hosts/rp3/reported`, "alive");
    expect(isClosed).toBe(false);
  });

  test("a topic of 101 levels ends its publisher's connection and not the broker", async () => {
    const raw = await home.raw();
    raw.send(connectPacket("plug"));
    await raw.until("connack");
    const topic = Array(101).fill("tele").join("/");
    raw.send({ cmd: "publish", topic, payload: "x", qos: 0, dup: false, retain: false });
    await raw.closed;
    await home.connect("plug");
  });

  test("a message larger than its kind may be is dropped, larger than all ends the connection", async () => {
    const observer = await home.listen("anna", `${base}/#`);
    const rp3 = await home.connect("rp3");
    await rp3.publishAsync(`${base}/hosts/rp3/reported`, Buffer.alloc(8 * 1024 + 1, "x"), {
      qos: 1,
    });
    await rp3.publishAsync(`${base}/hosts/rp3/reported`, Buffer.alloc(8 * 1024, "x"), { qos: 1 });
    await observer.until(`${base}/hosts/rp3/reported`);
    expect(observer.heard.map(({ text }) => text.length)).toEqual([8 * 1024]);
    const closed = new Promise<void>((resolve) => rp3.once("close", () => resolve()));
    rp3.publish(`${base}/hosts/rp3/reported`, Buffer.alloc(MAX_PACKET_BYTES + 1, "x"), { qos: 0 });
    await closed;
    expect(home.events).toContainEqual(
      expect.objectContaining({ kind: "refused", reason: "packet-too-large" }),
    );
    await home.connect("rp3");
  });

  test("before it has said who it is a client may not send a large packet", async () => {
    const raw = await home.raw();
    raw.send(
      connectPacket("rp3", {
        will: { topic: "x", payload: Buffer.alloc(20_000), qos: 0, retain: false },
      }),
    );
    await raw.closed;
    expect(home.events).toContainEqual(
      expect.objectContaining({ kind: "refused", reason: "packet-too-large" }),
    );
  });

  test("messages of one topic keep their order, retained or not", async () => {
    const observer = await home.listen("hub", "tele/#");
    const plug = await home.raw();
    plug.send(connectPacket("plug"));
    await plug.until("connack");
    const packets = Array.from({ length: 50 }, (_, index) =>
      mqttPacket.generate({
        cmd: "publish",
        topic: "tele/plug/POWER",
        payload: String(index),
        qos: 0,
        dup: false,
        retain: index % 3 === 0,
      }),
    );
    plug.socket.write(Buffer.concat(packets));
    await observer.until("tele/plug/POWER", "49");
    expect(observer.heard.map(({ text }) => text)).toEqual(
      packets.map((_, index) => String(index)),
    );
  });
});

test("a message that others overtake on its way to the disk is still delivered", async () => {
  const observer = await home.listen("hub", "tele/#", "stat/#");
  const plug = await home.raw();
  plug.send(connectPacket("plug"));
  await plug.until("connack");
  // Retained ones wait for the disk; the others, of other topics, pass them.
  const packets = Array.from({ length: 60 }, (_, index) =>
    mqttPacket.generate({
      cmd: "publish",
      topic: index % 2 === 0 ? `tele/plug/${index}` : `stat/plug/${index}`,
      payload: "x",
      qos: 0,
      dup: false,
      retain: index % 2 === 0,
    }),
  );
  plug.socket.write(Buffer.concat(packets));
  await Promise.all(
    packets.map((_, index) => observer.until(`${index % 2 === 0 ? "tele" : "stat"}/plug/${index}`)),
  );
  expect(observer.heard).toHaveLength(packets.length);
});

describe("wills", () => {
  const will = (topic: string, text: string) =>
    ({ will: { topic, payload: Buffer.from(text), qos: 1, retain: true } }) as const;

  test("a will on another's topic is never published, and its client is not told", async () => {
    const observer = await home.listen("anna", `${base}/#`);
    const liar = await home.connect("rp3", will(`${base}/hosts/rp4/availability`, "forged"));
    liar.stream.destroy();
    await home.untilEvent((event) => event.kind === "disconnected" && event.client === "rp3");
    const rp4 = await home.connect("rp4");
    await rp4.publishAsync(`${base}/hosts/rp4/availability`, "online", { qos: 1, retain: true });
    await observer.until(`${base}/hosts/rp4/availability`, "online");
    expect(observer.heard.map(({ text }) => text)).toEqual(["online"]);
  });

  test("after a takeover the retained state is the newcomer's", async () => {
    const topic = `${base}/hosts/rp3/availability`;
    const observer = await home.listen("anna", topic);
    const first = await home.connect("rp3", will(topic, "offline 1"));
    await first.publishAsync(topic, "online 1", { qos: 1, retain: true });
    const second = await home.connect("rp3", will(topic, "offline 2"));
    await second.publishAsync(topic, "online 2", { qos: 1, retain: true });
    await observer.until(topic, "online 2");
    expect(observer.heard.map(({ text }) => text)).toEqual(["online 1", "offline 1", "online 2"]);
    const late = await home.listen("anna", topic);
    expect(await late.until(topic)).toMatchObject({ text: "online 2", retain: true });
  });

  test("the broker's own end publishes them, and they are there after its restart", async () => {
    await inTempFolder(async (folder) => {
      const topic = `${base}/hosts/rp3/availability`;
      const before = await openHome({ stateDir: `${folder}/state` });
      const rp3 = await before.connect("rp3", will(topic, "offline"));
      await rp3.publishAsync(topic, "online", { qos: 1, retain: true });
      await before.broker.close();
      await before.broker.close(); // a second call is harmless
      const after = await openHome({ stateDir: `${folder}/state` });
      const late = await after.listen("anna", topic);
      expect(await late.until(topic)).toMatchObject({ text: "offline", retain: true });
      await after.close();
    });
  });
});

describe("restart", () => {
  test("what was retained is retained, what was cleared is gone", async () => {
    await inTempFolder(async (folder) => {
      const before = await openHome({ stateDir: `${folder}/state` });
      const hub = await before.connect("hub");
      const retained = { qos: 1, retain: true } as const;
      await hub.publishAsync(`${base}/hosts/rp3/desired`, "3", retained);
      await hub.publishAsync(`${base}/hosts/rp4/desired`, "4", retained);
      await hub.publishAsync(`${base}/hosts/rp4/desired`, "", retained);
      await hub.publishAsync(`${base}/hub/status`, "s", { qos: 1 });
      await before.close();
      const after = await openHome({ stateDir: `${folder}/state` });
      const reader = await after.listen("anna", `${base}/#`);
      await reader.until(`${base}/hosts/rp3/desired`);
      const again = await after.connect("hub");
      await again.publishAsync(`${base}/hub/status`, "fence", { qos: 1 });
      await reader.until(`${base}/hub/status`, "fence");
      expect(reader.heard.map(({ text }) => text)).toEqual(["3", "fence"]);
      await after.close();
    });
  });
});

test("what the process itself publishes reaches readers as the wire says", async () => {
  const rp3 = await home.listen("rp3", `${base}/#`);
  const state = { kind: "holdState", source: "wall" as never } as const;
  await home.broker.publish(state, "ON");
  expect(await rp3.until(`${base}/control/hold/wall/state`)).toMatchObject({ text: "ON" });
  const late = await home.listen("rp3", `${base}/#`);
  expect(await late.until(`${base}/control/hold/wall/state`)).toMatchObject({ retain: true });
});

test("the packet id cache of 17 MB is off", () => {
  const { cacheNumbers } = mqttPacket.writeToStream as unknown as { cacheNumbers: boolean };
  expect(cacheNumbers).toBe(false);
});

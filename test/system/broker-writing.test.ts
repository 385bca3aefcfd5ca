// biome-ignore lint/correctness: a CommonJS dependency of mqtt and aedes
import mqttPacket from "mqtt-packet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_PACKET_BYTES } from "../../src/broker/index.ts";
import { type BrokerHome, base, connectPacket, openHome } from "./broker-home.ts";

let home: BrokerHome;
beforeEach(async () => {
  home = await openHome({ anonymous: { topics: ["tele/#", "cmnd/#"] } });
});
afterEach(() => home.close());

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

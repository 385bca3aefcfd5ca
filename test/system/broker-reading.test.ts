import type { MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BrokerHome, base, connectPacket, listenerOf, openHome } from "./broker-home.ts";

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

import fc from "fast-check";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Broker } from "../../src/broker/index.ts";
import { makeAuthority } from "../support/certificates.ts";
import { needs } from "../support/system-parts.ts";
import { type BrokerHome, base, connectPacket, listenerOf, openHome } from "./broker-home.ts";

let home: BrokerHome;
afterEach(() => home.close());

/** CONNACK's return code (MQTT 3.1.1 section 3.2.2.3), or "closed" without one. */
async function answerTo(packet: object): Promise<unknown> {
  const raw = await home.raw();
  raw.send({ ...connectPacket("rp3"), ...packet } as never);
  return await raw.until("connack").then(
    (connack) => (connack as { returnCode?: number }).returnCode,
    () => "closed",
  );
}

describe("who is let in", () => {
  test.each([
    ["an account with its password", 0, {}],
    ["a wrong password", 4, { password: Buffer.from("rp4") }],
    ["no password", 4, { password: undefined }],
    ["an unknown user", 4, { username: "rp9", clientId: "rp9" }],
    ["no user name", 5, { username: undefined, password: undefined }],
    ["its own name with a suffix as client id", 0, { clientId: "rp3-cli" }],
    ["another's client id", 2, { clientId: "rp4" }],
    ["an id that begins with another's name", 2, { clientId: "hub-1" }],
    ["an id with a line break", 2, { clientId: "rp3-\n" }],
    ["no client id", 0, { clientId: "" }],
    ["MQTT 5", 1, { protocolVersion: 5 }],
  ])("%s: CONNACK %i", async (_what, expected, packet) => {
    home = await openHome();
    expect(await answerTo(packet)).toBe(expected);
  });

  test("a stranger with the client id of a host neither ends its connection nor hears its messages", async () => {
    home = await openHome({ anonymous: { topics: ["tele/#"] } });
    const rp3 = await home.connect("rp3");
    const heard = listenerOf(rp3);
    await rp3.subscribeAsync(`${base}/hosts/rp3/desired`, { qos: 1 });
    expect(await answerTo({ username: "rp4", password: Buffer.from("rp4"), clean: false })).toBe(2);
    expect(await answerTo({ username: undefined, password: undefined })).toBe(2);
    const hub = await home.connect("hub");
    await hub.publishAsync(`${base}/hosts/rp3/desired`, "for rp3", { qos: 1 });
    await heard.until(`${base}/hosts/rp3/desired`);
    expect(rp3.connected).toBe(true);
  });

  test("sensors without a user name get their topics and no buttons, unless told so", async () => {
    home = await openHome({ anonymous: { topics: ["tele/#"] } });
    const hub = await home.listen("hub", "#");
    const sensor = await home.connect(null);
    await sensor.publishAsync(`${base}/control/deploy/set`, "PRESS", { qos: 1 });
    await sensor.publishAsync("cmnd/lamp/POWER", "ON", { qos: 1 });
    await sensor.publishAsync("tele/sensor/SENSOR", "21", { qos: 1 });
    await hub.until("tele/sensor/SENSOR");
    expect(hub.heard.map(({ topic }) => topic)).toEqual(["tele/sensor/SENSOR"]);
    await home.close();
    home = await openHome({ anonymous: { topics: ["tele/#"], mayPress: true } });
    const again = await home.listen("hub", "#");
    await (await home.connect(null)).publishAsync(`${base}/control/deploy/set`, "PRESS", {
      qos: 1,
    });
    await again.until(`${base}/control/deploy/set`);
  });
});

describe("limits", () => {
  test("a connection that never says CONNECT is ended", async () => {
    home = await openHome({ connectTimeoutMs: 50 });
    const raw = await home.raw();
    await raw.closed;
  });

  test("an address may have few connections that say nothing, and the others stay", async () => {
    home = await openHome({ connections: { unnamedPerAddress: 3 } });
    const named = await home.connect("rp3");
    const silent = await Promise.all([home.raw(), home.raw(), home.raw()]);
    const fourth = await home.raw();
    await fourth.closed;
    expect(home.events).toContainEqual(
      expect.objectContaining({ kind: "refused", reason: "too-many-connections" }),
    );
    silent[0]?.socket.destroy();
    await silent[0]?.closed;
    expect(named.connected).toBe(true);
  });

  test("an account may have few connections, and places come back", async () => {
    home = await openHome({ connections: { perUser: 2 } });
    const first = await home.connect("rp3", { clientId: "rp3-1" });
    await home.connect("rp3", { clientId: "rp3-2" });
    expect(await answerTo({ clientId: "rp3-3" })).toBe(5);
    await first.endAsync();
    await home.untilEvent((event) => event.kind === "disconnected" && event.client === "rp3-1");
    await expect.poll(() => answerTo({ clientId: "rp3-3" })).toBe(0);
  });

  test("a port that is taken is named, and what was opened before is closed again", async () => {
    home = await openHome();
    const free = { kind: "tcp", port: 0 } as const;
    const taken = { kind: "tcp", port: home.port } as const;
    await expect(openHome({ listeners: [free, taken] })).rejects.toMatchObject({
      code: "port-in-use",
      message: expect.stringContaining(`127.0.0.1:${home.port}`),
    });
    await expect(
      openHome({ listeners: [{ kind: "tcp", host: "192.0.2.1", port: 0 }] }),
    ).rejects.toMatchObject({
      code: "listen-failed",
    });
  });
});

test("whatever bytes come, before CONNECT or after, others are served", async () => {
  home = await openHome({ connectTimeoutMs: 200 });
  const hub = await home.listen("hub", `${base}/#`);
  const rp3 = await home.connect("rp3");
  const isAfter = fc.boolean();
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      isAfter,
      async (bytes, after) => {
        const raw = await home.raw();
        if (after) {
          raw.send(connectPacket("plug", { clientId: "plug-noise" }));
          await raw.until("connack");
        }
        raw.socket.end(bytes);
        await raw.closed;
      },
    ),
    { numRuns: 150 },
  );
  await rp3.publishAsync(`${base}/hosts/rp3/reported`, "alive", { qos: 1 });
  await hub.until(`${base}/hosts/rp3/reported`, "alive");
  expect(home.events.filter(({ kind }) => kind === "failed")).toEqual([]);
});

describe.skipIf(needs("openssl").skip)("TLS and WebSocket", () => {
  let authority: Awaited<ReturnType<typeof makeAuthority>>;
  let rogue: Awaited<ReturnType<typeof makeAuthority>>;
  const clients: MqttClient[] = [];
  beforeAll(async () => {
    [authority, rogue] = await Promise.all([makeAuthority("rp3"), makeAuthority("rp3")]);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.end(true);
  });

  const urlOf = (kind: Broker["addresses"][number]["kind"]): string =>
    home.broker.addresses.find((address) => address.kind === kind)?.url ?? "";
  const dial = async (url: string, options: IClientOptions): Promise<MqttClient> => {
    const client = await mqtt.connectAsync(
      url,
      { reconnectPeriod: 0, ca: authority.ca, ...options },
      false,
    );
    clients.push(client);
    return client;
  };
  const openSecure = (requireCertificate: boolean): Promise<BrokerHome> =>
    openHome({
      listeners: [
        { kind: "tcp", port: 0 },
        { kind: "tls", port: 0, ...authority.server, ca: authority.ca, requireCertificate },
        { kind: "ws", port: 0 },
      ],
    });

  test("a client certificate speaks for its name and needs no password", async () => {
    home = await openSecure(true);
    const hub = await home.listen("hub", `${base}/#`);
    const rp3 = await dial(urlOf("tls"), { ...authority.client, clientId: "rp3" });
    await rp3.publishAsync(`${base}/hosts/rp4/reported`, "forged", { qos: 1 });
    await rp3.publishAsync(`${base}/hosts/rp3/reported`, "true", { qos: 1 });
    await hub.until(`${base}/hosts/rp3/reported`);
    expect(hub.heard.map(({ text }) => text)).toEqual(["true"]);
  });

  test("it does not speak for another, nor under another's client id", async () => {
    home = await openSecure(true);
    const url = urlOf("tls");
    const asAnother = { ...authority.client, clientId: "rp3", username: "hub", password: "hub" };
    await expect(dial(url, asAnother)).rejects.toMatchObject({ code: 4 });
    await expect(dial(url, { ...authority.client, clientId: "hub" })).rejects.toMatchObject({
      code: 2,
    });
  });

  test("a certificate of another authority is nobody's, and none is refused where one is required", async () => {
    home = await openSecure(true);
    await expect(dial(urlOf("tls"), { ...rogue.client, clientId: "rp3" })).rejects.toThrow();
    await expect(
      dial(urlOf("tls"), { clientId: "rp3", username: "rp3", password: "rp3" }),
    ).rejects.toThrow();
    await home.close();
    home = await openSecure(false);
    await expect(dial(urlOf("tls"), { ...rogue.client, clientId: "rp3" })).rejects.toMatchObject({
      code: 5,
    });
    await dial(urlOf("tls"), { clientId: "rp3", username: "rp3", password: "rp3" });
  });

  test("key and certificate that do not belong together are refused at the start", async () => {
    home = await openHome();
    const mixed = {
      kind: "tls",
      port: 0,
      cert: authority.server.cert,
      key: rogue.server.key,
    } as const;
    await expect(openHome({ listeners: [mixed] })).rejects.toMatchObject({
      code: "tls-material-invalid",
    });
  });

  test("WebSocket carries the same rules", async () => {
    home = await openSecure(false);
    const hub = await home.listen("hub", `${base}/#`);
    const rp3 = await dial(urlOf("ws"), { clientId: "rp3", username: "rp3", password: "rp3" });
    await rp3.publishAsync(`${base}/hosts/rp4/reported`, "forged", { qos: 1 });
    await rp3.publishAsync(`${base}/hosts/rp3/reported`, "true", { qos: 1 });
    await hub.until(`${base}/hosts/rp3/reported`);
    expect(hub.heard.map(({ text }) => text)).toEqual(["true"]);
  });

  test("a page of another site cannot open a WebSocket", async () => {
    home = await openSecure(false);
    const socket = new WebSocket(urlOf("ws"), "mqtt", { origin: "https://elsewhere.example" });
    const failure = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(failure.message).toContain("401");
    expect(home.events).toContainEqual(
      expect.objectContaining({ kind: "refused", reason: "foreign-origin" }),
    );
  });
});

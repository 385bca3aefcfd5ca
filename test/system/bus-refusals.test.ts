import { once } from "node:events";
import { createServer as createTcpServer, type Socket } from "node:net";
import type { Aedes, AuthenticateError } from "aedes";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/bus/connection.ts";
import { dialFor } from "../../src/bus/dial.ts";
import { type BusOptions, brokerEndpoint, parseBrokerUrl } from "../../src/bus/index.ts";
import {
  DEFAULT_BASE,
  parseHoldSource,
  parseHostName,
  parseSessionId,
} from "../../src/contract/index.ts";
import { freePort, startAedes, startMosquitto, type TestBroker } from "../support/brokers.ts";
import { openBuses, soon } from "../support/open-buses.ts";
import { needs } from "../support/system-parts.ts";

const rp3 = parseHostName("rp3");
const session = parseSessionId("00000000-0000-4000-8000-000000000001");
const holdState = { kind: "holdState", source: parseHoldSource("wall") } as const;
const { opened, started, afterwards, events, seen } = openBuses();

describe.skipIf(needs("mosquitto").skip)("a mosquitto that drops what it acknowledges", () => {
  it("is found out by reading back: a topic that the ACL does not let this user write", async () => {
    const acl = `topic read ${DEFAULT_BASE}/#\ntopic write ${DEFAULT_BASE}/hosts/#\n`;
    const config = "listener $PORT 127.0.0.1\nallow_anonymous true\nacl_file $DIR/acl\n";
    const broker = await started(startMosquitto({ config, files: { acl } }));
    const bus = await opened({ broker: broker.url });
    await bus.publish(holdState, "ON"); // acknowledged, and gone
    await expect(bus.publishConfirmed(holdState, "ON", { timeoutMs: 700 })).rejects.toMatchObject({
      code: "publish-not-kept",
      message: expect.stringContaining("nothing is retained"),
    });
    const allowed = { kind: "availability", host: rp3 } as const;
    await bus.publishConfirmed(allowed, { state: "online", session }, { timeoutMs: 10_000 });
  });

  it("is found out by reading back: a message above message_size_limit", async () => {
    const config = "listener $PORT 127.0.0.1\nallow_anonymous true\nmessage_size_limit 40\n";
    const broker = await started(startMosquitto({ config }));
    const bus = await opened({ broker: broker.url });
    const address = { kind: "availability", host: rp3 } as const;
    await expect(
      bus.publishConfirmed(address, { state: "online", session }, { timeoutMs: 700 }),
    ).rejects.toMatchObject({ code: "publish-not-kept" });
    await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
  });

  it("is found out by reading back: another message is retained there", async () => {
    const acl = "user ana\ntopic readwrite #\nuser rp3\ntopic read #\n";
    const config = ["listener $PORT 127.0.0.1", "allow_anonymous true", "acl_file $DIR/acl"].join(
      "\n",
    );
    const broker = await started(startMosquitto({ config, files: { acl } }));
    await (await opened({ broker: broker.url, username: "ana" })).publish(holdState, "OFF");
    const bus = await opened({ broker: broker.url, username: "rp3" });
    await expect(bus.publishConfirmed(holdState, "ON", { timeoutMs: 700 })).rejects.toMatchObject({
      code: "publish-not-kept",
      message: expect.stringContaining("another message is retained"),
    });
  });

  it("would give a QoS 1 subscriber only part of 1500 retained messages", async () => {
    const broker = await started(startMosquitto());
    const bus = await opened({ broker: broker.url });
    const hosts = Array.from({ length: 1500 }, (_, index) => parseHostName(`h${index}`));
    await Promise.all(
      hosts.map((host) =>
        bus.publish({ kind: "availability", host }, { state: "online", session }),
      ),
    );
    const topics = new Set<string>();
    const reader = await connect({
      broker: broker.url,
      dial: await dialFor(brokerEndpoint(broker.url)),
      clientId: "qos1",
      connectTimeoutMs: 5000,
      keepaliveSeconds: 30,
      onMessage: ({ topic }) => topics.add(topic),
    });
    afterwards(() => reader.end(0));
    await reader.subscribe([`${DEFAULT_BASE}/hosts/+/availability`], 1);
    for (let before = -1; before !== topics.size; ) {
      before = topics.size;
      await reader.ping();
    }
    expect(topics.size).toBeGreaterThan(0);
    expect(topics.size).toBeLessThan(hosts.length);
    expect(await bus.snapshot("availability", { timeoutMs: 30_000 })).toHaveLength(hosts.length);
  });
});

describe("a broker that ends the connection because of one message", () => {
  const denying = async (): Promise<TestBroker & { readonly aedes: Aedes; refusals: number }> => {
    const broker = await started(startAedes());
    const counting = Object.assign(broker, { refusals: 0 });
    broker.aedes.authorizePublish = (_client, packet, done) => {
      const denied = packet.topic.endsWith("/hold/wall/state");
      if (denied) counting.refusals += 1;
      done(denied ? new Error("denied") : null);
    };
    return counting;
  };

  it("gets it three times and no more, and everything else arrives", async () => {
    const broker = await denying();
    const bus = await opened({ broker: broker.url });
    const denied = bus.publish(holdState, "ON");
    const others = ["a", "b", "c"].map((name) =>
      bus.publish({ kind: "holdState", source: parseHoldSource(name) }, "ON"),
    );
    await expect(denied).rejects.toMatchObject({ code: "publish-refused" });
    await Promise.all(others);
    expect(broker.refusals).toBeLessThanOrEqual(4); // once among others, then three times alone
    expect(await bus.snapshot("holdState", { timeoutMs: 5000 })).toHaveLength(3);
    expect(events()).toContainEqual(expect.objectContaining({ event: "publish-refused" }));
  });

  it("keeps its connection although owned state is refused", async () => {
    const broker = await denying();
    const bus = await opened({ broker: broker.url });
    await bus.retain(holdState, "ON");
    await expect.poll(() => seen("publish-refused"), soon).toBe(1);
    await expect.poll(() => bus.connected, soon).toBe(true);
    const { refusals } = broker;
    await bus.publishConfirmed({ kind: "holdState", source: parseHoldSource("a") }, "ON", {
      timeoutMs: 10_000,
    });
    expect(broker.refusals).toBe(refusals);
  });

  it("is told apart from a broker that refuses a subscription", async () => {
    const broker = await started(startAedes());
    broker.aedes.authorizeSubscribe = (_client, wanted, done) => {
      done(null, wanted.topic.endsWith("/state") ? null : wanted);
    };
    const bus = await opened({ broker: broker.url });
    await expect(bus.subscribe({ kind: "holdState" }, () => undefined)).rejects.toMatchObject({
      code: "subscription-refused",
    });
    await expect(bus.snapshot("holdState", { timeoutMs: 5000 })).rejects.toMatchObject({
      code: "subscription-refused",
    });
    await bus.subscribe({ kind: "holdSet" }, () => undefined);
    expect(bus.connected).toBe(true);
  });
});

describe("a first connection that does not come about", () => {
  const failing = async (broker: string, options: Partial<BusOptions> = {}): Promise<string> => {
    const opening = opened({ broker: parseBrokerUrl(broker), ...options });
    return await opening.then(
      () => "connected",
      (error) => error.code as string,
    );
  };

  it("says that nobody listens", async () => {
    expect(await failing(`mqtt://127.0.0.1:${await freePort()}`)).toBe("broker-unreachable");
  });

  it("says that somebody listens who is no broker", async () => {
    const server = createTcpServer((socket) => socket.end("220 mail\r\n")).listen(0, "127.0.0.1");
    await once(server, "listening");
    afterwards(async () => server.close());
    const { port } = server.address() as { port: number };
    expect(await failing(`mqtt://127.0.0.1:${port}`)).toBe("broker-refused");
  });

  it("says that somebody listens and never answers", async () => {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    afterwards(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as { port: number };
    expect(await failing(`mqtt://127.0.0.1:${port}`, { connectTimeoutMs: 200 })).toBe(
      "broker-unreachable",
    );
  });

  it("says that the client id does not belong to the user", async () => {
    const { url } = await started(startAedes());
    expect(await failing(url, { username: "rp3", clientId: "rp4-agent" })).toBe(
      "invalid-client-id",
    );
    expect(await failing(url, { username: "rp3", clientId: "rp3x" })).toBe("invalid-client-id");
  });

  it("tells a wrong password from a client that may not connect", async () => {
    const broker = await started(startAedes());
    broker.aedes.authenticate = (_client, username, _password, done) => {
      const returnCode = username === "rp3" ? 4 : 5;
      done(Object.assign(new Error("no"), { returnCode }) as AuthenticateError, false);
    };
    expect(await failing(broker.url, { username: "rp3" })).toBe("broker-bad-credentials");
    expect(await failing(broker.url, { username: "rp4" })).toBe("broker-not-authorised");
  });

  it.skipIf(needs("mosquitto").skip)("says that mosquitto did not let the user in", async () => {
    const config = "listener $PORT 127.0.0.1\nallow_anonymous false\n";
    const broker = await started(startMosquitto({ config }));
    expect(await failing(broker.url)).toBe("broker-not-authorised");
  });
});

describe("a caller's mistake", () => {
  it("is told: an event cannot be retained, nor confirmed", async () => {
    const broker = await started(startAedes());
    const bus = await opened({ broker: broker.url });
    const event = { kind: "deploySet" } as const;
    await expect(bus.retain(event, "PRESS")).rejects.toMatchObject({ code: "invalid-topic" });
    await expect(bus.publishConfirmed(event, "PRESS", { timeoutMs: 1000 })).rejects.toMatchObject({
      code: "invalid-topic",
    });
  });

  it("is told: a key that is none", async () => {
    const opening = opened({
      broker: parseBrokerUrl(`mqtts://127.0.0.1:${await freePort()}`),
      tls: { cert: "no", key: "no" },
    });
    await expect(opening).rejects.toMatchObject({ code: "tls-material-invalid" });
  });

  it("is told: a payload that every reader would refuse", async () => {
    const broker = await started(startAedes());
    const bus = await opened({ broker: broker.url });
    await expect(
      bus.publish({ kind: "availability", host: rp3 }, { state: "away" } as never),
    ).rejects.toMatchObject({ code: "invalid-field" });
  });
});

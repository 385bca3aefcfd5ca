import { spawnSync } from "node:child_process";
import { unsubscribe as offChannel, subscribe as onChannel } from "node:diagnostics_channel";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer as createTcpServer, type Socket } from "node:net";
// biome-ignore lint/correctness/noUndeclaredDependencies: the src workspace declares it
import type { Aedes, AuthenticateError } from "aedes";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/bus/connection.ts";
import { dialFor } from "../../src/bus/dial.ts";
import {
  type Bus,
  type BusEvent,
  type BusOptions,
  brokerEndpoint,
  clientIdFor,
  openBus,
  parseBrokerUrl,
} from "../../src/bus/index.ts";
import {
  DEFAULT_BASE,
  parseHoldSource,
  parseHostName,
  parseSessionId,
} from "../../src/contract/index.ts";
import { isCi } from "../../tools/system-parts.ts";
import { freePort, startAedes, startMosquitto, type TestBroker } from "../support/brokers.ts";
import { makeAuthority } from "../support/certificates.ts";
import { needs } from "../support/system-parts.ts";

const rp3 = parseHostName("rp3");
const session = parseSessionId("00000000-0000-4000-8000-000000000001");
const holdState = { kind: "holdState", source: parseHoldSource("wall") } as const;
const soon = { timeout: 20_000, interval: 10 };

let stack: (() => Promise<unknown>)[];
let events: BusEvent[];

const opened = async (options: Pick<BusOptions, "broker"> & Partial<BusOptions>): Promise<Bus> => {
  const bus = await openBus({
    clientId: clientIdFor(options.username ?? "rp3", "test"),
    reconnect: { firstMs: 10, maxMs: 50 },
    log: (event) => events.push(event),
    ...options,
  });
  stack.push(() => bus.close());
  return bus;
};
const started = async <B extends TestBroker>(starting: Promise<B>): Promise<B> => {
  const broker = await starting;
  stack.push(() => broker.stop());
  return broker;
};

beforeEach(() => {
  stack = [];
  events = [];
});
afterEach(async () => {
  for (const end of stack.reverse()) await end();
});

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
    stack.push(() => reader.end(0));
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
    expect(events).toContainEqual(expect.objectContaining({ event: "publish-refused" }));
  });

  it("keeps its connection although owned state is refused", async () => {
    const broker = await denying();
    const bus = await opened({ broker: broker.url });
    await bus.retain(holdState, "ON");
    await expect
      .poll(() => events.filter(({ event }) => event === "publish-refused").length, soon)
      .toBe(1);
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
    stack.push(async () => server.close());
    const { port } = server.address() as { port: number };
    expect(await failing(`mqtt://127.0.0.1:${port}`)).toBe("broker-refused");
  });

  it("says that somebody listens and never answers", async () => {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    stack.push(async () => {
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

describe("a broker that sends what is no MQTT", () => {
  /** Lets the client in, then sends `garbage`; counts the connections. */
  const hostile = async (garbage: () => Buffer) => {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write(Buffer.concat([CONNACK, garbage()])));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    stack.unshift(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as { port: number };
    return { url: parseBrokerUrl(`mqtt://127.0.0.1:${port}`), sockets };
  };
  const CONNACK = Buffer.from([0x20, 2, 0, 0]);
  const lossesOf = (): string[] =>
    events.flatMap((one) => (one.event === "lost" ? [one.error.message] : []));

  it("is left, and tried again later, whatever the bytes are", async () => {
    const random = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 200 }), 60);
    let sent = 0;
    const { url, sockets } = await hostile(() => {
      sent += 1;
      return Buffer.concat([Buffer.from(random[sent % random.length] ?? []), INVALID]);
    });
    const bus = await opened({ broker: url, reconnect: { firstMs: 1, maxMs: 1 } });
    // Some bytes begin a packet that never ends; only then is it the broker's turn.
    const impatient = setInterval(() => sockets.at(-1)?.end(), 50);
    stack.push(async () => clearInterval(impatient));
    await expect.poll(() => lossesOf().length, soon).toBeGreaterThan(random.length);
    await bus.close();
  });
  /** Packet type 15 does not exist in MQTT 3.1.1. */
  const INVALID = Buffer.from([0xf0, 0]);

  it("cannot fill the memory with one endless packet", async () => {
    const { url } = await hostile(() =>
      Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(2_000_000)]),
    );
    await opened({ broker: url });
    await expect
      .poll(() => lossesOf()[0], soon)
      .toContain("one packet is larger than 1048576 bytes");
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
    await expect(opening).rejects.toMatchObject({ code: "tls-failed" });
  });

  it("is told: a payload that every reader would refuse", async () => {
    const broker = await started(startAedes());
    const bus = await opened({ broker: broker.url });
    await expect(
      bus.publish({ kind: "availability", host: rp3 }, { state: "away" } as never),
    ).rejects.toMatchObject({ code: "invalid-field" });
  });
});

describe("memory", () => {
  it("is not spent on the number cache of the packet writer", async () => {
    const broker = await started(startAedes());
    const here = createRequire(import.meta.url);
    const { writeToStream } = createRequire(here.resolve("mqtt"))("mqtt-packet");
    writeToStream.cacheNumbers = true;
    await opened({ broker: broker.url });
    expect(writeToStream.cacheNumbers).toBe(false);
  });
});

describe("no-delay", () => {
  const PERL = `use Socket qw(IPPROTO_TCP TCP_NODELAY); open(my $s, "<&=", 0) or die;
    print unpack("i", getsockopt($s, IPPROTO_TCP, TCP_NODELAY) // die);`;
  /** Asks the kernel through a child that inherits the socket; Node.js can set but not read the option. */
  const noDelayOf = (socket: Socket): boolean => {
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    const asked = spawnSync("perl", ["-e", PERL], { stdio: [fd, "pipe", "pipe"] });
    if (asked.status !== 0) throw new Error(`perl: ${asked.stderr}`);
    return asked.stdout.toString() !== "0";
  };
  const hasPerl = spawnSync("perl", ["-v"]).status === 0;
  if (!hasPerl && isCi(process.env["CI"])) throw new Error("CI skips no tests; missing: perl");
  if (!hasPerl) process.stderr.write("not run here, missing: perl (asks a socket for no-delay)\n");

  it.skipIf(!hasPerl)(
    "is on for every socket of a bus, also after it came back, and asking works",
    async () => {
      let broker = await started(startAedes());
      const answers: boolean[] = [];
      const watch = (message: unknown): void => {
        const { socket } = message as { socket: Socket };
        socket.once("connect", () => answers.push(noDelayOf(socket)));
      };
      onChannel("net.client.socket", watch);
      stack.push(async () => offChannel("net.client.socket", watch));
      const bus = await opened({ broker: broker.url });
      await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
      expect(answers).toEqual([true, true]); // the bus and its reader
      await broker.kill();
      await expect.poll(() => bus.connected, soon).toBe(false);
      broker = await started(startAedes({ port: broker.port }));
      await expect.poll(() => bus.connected, soon).toBe(true);
      await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
      expect(answers).toEqual([true, true, true, true]);
      const { connect: connectTcp } = await import("node:net");
      const control = connectTcp({ host: "127.0.0.1", port: broker.port });
      await once(control, "connect");
      expect(noDelayOf(control)).toBe(false);
      control.destroy();
    },
  );
});

describe("WebSocket", () => {
  it("carries the bus", async () => {
    const { port } = await started(startAedes({ webSocket: {} }));
    const bus = await opened({ broker: parseBrokerUrl(`ws://127.0.0.1:${port}/mqtt`) });
    await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
    expect(await bus.snapshot("holdState", { timeoutMs: 5000 })).toHaveLength(1);
  });
});

describe.skipIf(needs("mosquitto", "openssl").skip)("TLS", () => {
  let authority: Awaited<ReturnType<typeof makeAuthority>>;
  let rogue: typeof authority;
  const files = (): Record<string, string> => ({
    ca: authority.ca,
    cert: authority.server.cert,
    key: authority.server.key,
  });
  const tlsLines = "cafile $DIR/ca\ncertfile $DIR/cert\nkeyfile $DIR/key\n";
  const open = "listener $PORT 127.0.0.1\nallow_anonymous true\n";
  const own = (from: typeof authority) => ({ ca: authority.ca, ...from.client });
  const codeOf = async (options: Parameters<typeof opened>[0]): Promise<string> =>
    await opened(options).then(
      () => "connected",
      (error) => error.code as string,
    );

  beforeAll(async () => {
    [authority, rogue] = await Promise.all([makeAuthority("rp3"), makeAuthority("rp3")]);
  });
  afterAll(() => expect(authority.ca).not.toBe(rogue.ca));

  it("carries the bus by name and by address", async () => {
    const { port } = await started(
      startMosquitto({ config: `${open}${tlsLines}`, files: files() }),
    );
    for (const host of ["localhost", "127.0.0.1"]) {
      const broker = parseBrokerUrl(`mqtts://${host}:${port}`);
      const bus = await opened({ broker, tls: { ca: authority.ca } });
      await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
    }
  });

  it("lets in the client whose certificate the broker's CA signed, as the user it names", async () => {
    const acl = `user rp3\ntopic readwrite ${DEFAULT_BASE}/control/#\n`;
    const identity = "require_certificate true\nuse_identity_as_username true\nacl_file $DIR/acl\n";
    const config = `${open}${tlsLines}${identity}`;
    const { port } = await started(startMosquitto({ config, files: { ...files(), acl } }));
    const broker = parseBrokerUrl(`mqtts://localhost:${port}`);
    const bus = await opened({ broker, tls: own(authority) });
    await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
    expect(await codeOf({ broker, tls: { ca: authority.ca } })).toBe("tls-certificate-refused");
    expect(await codeOf({ broker, tls: own(rogue) })).toBe("tls-certificate-refused");
  });

  it("trusts no broker by another CA, nor one without TLS", async () => {
    const { port } = await started(
      startMosquitto({ config: `${open}${tlsLines}`, files: files() }),
    );
    const broker = parseBrokerUrl(`mqtts://localhost:${port}`);
    expect(await codeOf({ broker, tls: { ca: rogue.ca } })).toBe("tls-untrusted");
    expect(await codeOf({ broker })).toBe("tls-untrusted");
    const plain = await started(startAedes());
    const wrong = parseBrokerUrl(`mqtts://localhost:${plain.port}`);
    expect(await codeOf({ broker: wrong, tls: { ca: authority.ca } })).toMatch(
      /^(?:tls-failed|broker-)/,
    );
  });

  it("carries WebSocket", async () => {
    const { port } = await started(startAedes({ webSocket: authority.server }));
    const broker = parseBrokerUrl(`wss://localhost:${port}`);
    const bus = await opened({ broker, tls: { ca: authority.ca } });
    await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
    expect(await codeOf({ broker, tls: { ca: rogue.ca } })).toBe("tls-untrusted");
  });
});

describe("a bus that lives long", () => {
  it("gathers no listeners and warns of nothing over many reconnects, messages and subscriptions", async () => {
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(String(warning));
    process.on("warning", warn);
    stack.push(async () => process.off("warning", warn));
    const broker = await started(startAedes());
    const bus = await opened({ broker: broker.url });
    const connections = () => events.filter(({ event }) => event === "connected").length;
    for (let round = 1; round <= 30; round += 1) {
      const subscription = await bus.subscribe({ kind: "holdSet" }, () => undefined);
      await Promise.all(
        Array.from({ length: 50 }, () => bus.publish({ kind: "deploySet" }, "PRESS")),
      );
      subscription.unsubscribe();
      for (const client of Object.values(clientsOf(broker.aedes))) client.conn.destroy();
      await expect.poll(connections, soon).toBe(round + 1);
    }
    expect(warnings).toEqual([]);
  });
});

const clientsOf = (aedes: Aedes): Record<string, { readonly conn: Socket }> =>
  (aedes as unknown as { clients: Record<string, { readonly conn: Socket }> }).clients;

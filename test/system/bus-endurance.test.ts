import { once } from "node:events";
import { createServer as createTcpServer, type Socket } from "node:net";
import type { Aedes } from "aedes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBrokerUrl } from "../../src/bus/index.ts";
import { startAedes } from "../support/brokers.ts";
import { openBuses, soon } from "../support/open-buses.ts";

const { opened, started, afterwards, events, seen } = openBuses();

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
    afterwards(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as { port: number };
    return { url: parseBrokerUrl(`mqtt://127.0.0.1:${port}`), sockets };
  };
  const CONNACK = Buffer.from([0x20, 2, 0, 0]);
  const lossesOf = (): string[] =>
    events().flatMap((one) => (one.event === "lost" ? [one.error.message] : []));

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
    afterwards(async () => clearInterval(impatient));
    await expect.poll(() => lossesOf().length, soon).toBeGreaterThan(random.length);
    await bus.close();
  });
  /** PUBLISH at QoS 3, which does not exist (MQTT 3.3.1-4). */
  const INVALID = Buffer.from([0x36, 2, 0, 0]);

  it("is left at once, without its help, when the bytes can mean nothing", async () => {
    const { url } = await hostile(() => INVALID);
    await opened({ broker: url });
    await expect.poll(() => lossesOf().length, soon).toBeGreaterThan(0);
  });

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

describe("a bus that lives long", () => {
  it("gathers no listeners and warns of nothing over many reconnects, messages and subscriptions", async () => {
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(String(warning));
    process.on("warning", warn);
    afterwards(async () => process.off("warning", warn));
    const broker = await started(startAedes());
    const bus = await opened({ broker: broker.url });
    const connections = () => seen("connected");
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

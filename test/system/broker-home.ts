import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
// biome-ignore lint/correctness: a CommonJS dependency of mqtt and aedes
import mqttPacket, { type Packet } from "mqtt-packet";
import {
  type Broker,
  type BrokerEvent,
  type BrokerOptions,
  makeAccounts,
  type NewAccount,
  openBroker,
} from "../../src/broker/index.ts";
import { DEFAULT_BASE } from "../../src/contract/index.ts";

export const base = DEFAULT_BASE;

/** Every account's password is its name. */
export const HOME: readonly Omit<NewAccount, "password">[] = [
  { user: "ci", role: "ci" },
  { user: "hub", role: "hub" },
  { user: "anna", role: "operator" },
  { user: "rp3", role: "host" },
  { user: "rp4", role: "host" },
  { user: "plug", role: "device" },
];

export interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
}

/** A client that writes down what it hears. */
export interface Listener {
  readonly client: MqttClient;
  readonly heard: readonly Heard[];
  /** Resolves with the first message on `topic`, also one that came before. */
  until(topic: string, text?: string): Promise<Heard>;
}

export interface BrokerHome {
  readonly broker: Broker;
  readonly url: string;
  readonly port: number;
  readonly events: readonly BrokerEvent[];
  untilEvent(matches: (event: BrokerEvent) => boolean): Promise<BrokerEvent>;
  /** `user` null is a client without a user name. No automatic reconnection unless asked for. */
  connect(user: string | null, options?: IClientOptions): Promise<MqttClient>;
  listen(user: string, ...filters: readonly string[]): Promise<Listener>;
  /** A bare connection, for what MQTT.js would never send. */
  raw(): Promise<RawClient>;
  close(): Promise<void>;
}

export interface RawClient {
  readonly socket: Socket;
  send(packet: Packet): void;
  until(command: Packet["cmd"]): Promise<Packet>;
  readonly closed: Promise<unknown>;
}

export async function openHome(options: Partial<BrokerOptions> = {}): Promise<BrokerHome> {
  const events: BrokerEvent[] = [];
  const waiting = new Set<() => void>();
  const accounts = await makeAccounts(
    HOME.map((one) => ({ ...one, password: one.user })),
    base,
    { N: 1024, r: 1, p: 1 },
  );
  const broker = await openBroker({
    listeners: [{ kind: "tcp", port: 0 }],
    accounts,
    stateDir: null,
    log: (event) => {
      events.push(event);
      for (const look of waiting) look();
    },
    ...options,
  });
  const { url, port } = broker.addresses[0] as Broker["addresses"][number];
  const clients = new Set<MqttClient>();
  const sockets = new Set<Socket>();
  const connect: BrokerHome["connect"] = async (user, more = {}) => {
    const named = user === null ? {} : { username: user, password: user };
    const client = await mqtt.connectAsync(
      url,
      { clientId: user ?? "sensor", reconnectPeriod: 0, ...named, ...more },
      false,
    );
    client.on("error", () => undefined);
    clients.add(client);
    return client;
  };
  return {
    broker,
    url,
    port,
    events,
    connect,
    untilEvent: (isWanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.find(isWanted);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    listen: async (user, ...filters) => {
      const client = await connect(user, { clientId: `${user}-ear-${clients.size}` });
      const listener = listenerOf(client);
      await client.subscribeAsync([...filters], { qos: 1 });
      return listener;
    },
    raw: async () => {
      const socket = connectTcp({ host: "127.0.0.1", port });
      await once(socket, "connect");
      sockets.add(socket);
      return rawClient(socket);
    },
    close: async () => {
      for (const client of clients) client.end(true);
      for (const socket of sockets) socket.destroy();
      await broker.close();
    },
  };
}

export function listenerOf(client: MqttClient): Listener {
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  client.on("message", (topic: string, payload: Buffer, { retain }: IPublishPacket) => {
    heard.push({ topic, text: payload.toString(), retain: retain === true });
    for (const look of waiting) look();
  });
  return {
    client,
    heard,
    until: (topic, text) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = heard.find(
            (one) => one.topic === topic && (text === undefined || one.text === text),
          );
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

function rawClient(socket: Socket): RawClient {
  const packets: Packet[] = [];
  const waiting = new Set<() => void>();
  const parser = mqttPacket.parser();
  parser.on("packet", (packet: Packet) => {
    packets.push(packet);
    for (const look of waiting) look();
  });
  socket.on("data", (chunk: Buffer) => parser.parse(chunk));
  socket.on("error", () => undefined);
  return {
    socket,
    closed: new Promise((resolve) => socket.once("close", resolve)),
    send: (packet) => void socket.write(mqttPacket.generate(packet)),
    until: (command) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = packets.find(({ cmd }) => cmd === command);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        socket.once("close", () => reject(new Error(`closed before ${command}`)));
        look();
      }),
  };
}

/** A CONNECT as `user`, whose password is its name. */
export const connectPacket = (user: string, more: object = {}): Packet => ({
  cmd: "connect",
  protocolId: "MQTT",
  protocolVersion: 4,
  clean: true,
  clientId: user,
  keepalive: 60,
  username: user,
  password: Buffer.from(user),
  ...more,
});

export async function inTempFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-broker-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import type { Duplex } from "node:stream";
import mqttClient from "mqtt/lib/client";
import { NixwaveError } from "../contract/index.ts";
import type { BrokerUrl } from "./broker-url.ts";
import { connectFailure } from "./connect-failure.ts";
import type { Dial } from "./dial.ts";

/** A CommonJS default: Node.js wraps it once more, some loaders and bundlers do not. */
const MqttClient =
  "default" in mqttClient
    ? mqttClient.default
    : (mqttClient as typeof import("mqtt")["MqttClient"]);

/** QoS 0 is dropped rather than queued behind a broker that does not read. */
const CONGESTED_BYTES = 1024 * 1024;

/**
 * The largest payload of the wire is 256 KiB; the parser alone would collect up to 256 MiB in memory
 * before it says anything.
 */
const PACKET_LIMIT_BYTES = 1024 * 1024;

/** What DISCONNECT and the stream's end may take, in ms, before the socket is destroyed. */
const END_MS = 1000;

export interface Arrival {
  readonly topic: string;
  readonly bytes: Uint8Array;
  /** The broker's stored copy, sent because we subscribed; false for a message published just now. */
  readonly retained: boolean;
  /** MQTT's DUP: sent once more, and perhaps heard before. */
  readonly repeated?: boolean;
}

export interface Packet {
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface ConnectionOptions {
  readonly broker: BrokerUrl;
  readonly dial: Dial;
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly will?: Packet | undefined;
  readonly connectTimeoutMs: number;
  readonly keepaliveSeconds: number;
  readonly onMessage: (arrival: Arrival) => void;
  /** Gives the attempt up; without effect once it has succeeded. */
  readonly signal?: AbortSignal | undefined;
}

/** How a connection ended. */
export interface Loss {
  readonly error: NixwaveError;
  /** The broker ended it; false when the network went away or we ended it. */
  readonly byBroker: boolean;
}

/** One MQTT 3.1.1 connection from CONNACK to its end; it never comes back. */
export interface Connection {
  readonly closed: Promise<Loss>;
  /** Sends at once. QoS 1 calls `acknowledged` on PUBACK, QoS 0 never; false: QoS 0 and congested. */
  send(packet: Packet, acknowledged: () => void): boolean;
  /** One granted QoS or 128 (refused) per filter. @throws NixwaveError when the connection ends first */
  subscribe(filters: readonly string[], qos: 0 | 1): Promise<readonly number[]>;
  unsubscribe(filter: string): void;
  /** PINGREQ until PINGRESP. @throws NixwaveError when the connection ends first */
  ping(): Promise<void>;
  /** DISCONNECT, which also withdraws the will, once every PUBACK is there or `graceMs` have passed. */
  end(graceMs: number): Promise<void>;
}

/**
 * @throws NixwaveError broker-unreachable | broker-refused | broker-bad-credentials |
 * broker-not-authorised | tls-untrusted | tls-certificate-refused | tls-failed
 */
export function connect(options: ConnectionOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const fate: Fate = { failure: undefined, endedByBroker: false, unreadBytes: 0 };
    const client = new MqttClient(
      () => watched(options.dial(), fate) as never,
      clientOptions(options),
    );
    const giveUp = (): void => void client.stream.destroy();
    client.on("error", (error) => {
      fate.failure ??= error;
      giveUp(); // the library goes on after bytes that it cannot parse
    });
    client.on("packetreceive", () => {
      fate.unreadBytes = 0;
    });
    options.signal?.addEventListener("abort", giveUp);
    client.once("connect", () => {
      options.signal?.removeEventListener("abort", giveUp);
      const closed = new Promise<Loss>((lost) => {
        client.once("close", () => lost(lossOf(options.broker, fate)));
      });
      client.on("message", (topic, bytes, packet) =>
        options.onMessage({ topic, bytes, retained: packet.retain, repeated: packet.dup }),
      );
      resolve(openConnection(client, closed));
    });
    client.once("close", () => reject(connectFailure(options.broker, fate.failure)));
  });
}

/** Why the stream ended, noted while it happens. */
interface Fate {
  failure: Error | undefined;
  endedByBroker: boolean;
  /** Received since the last complete packet. */
  unreadBytes: number;
}

/** Notes what happens to the stream, and ends it when one packet grows beyond reason. */
function watched(stream: Duplex, fate: Fate): Duplex {
  stream.once("error", (error) => {
    fate.failure ??= error;
  });
  stream.once("end", () => {
    fate.endedByBroker = true;
  });
  stream.on("data", (chunk: Buffer) => {
    fate.unreadBytes += chunk.byteLength;
    if (fate.unreadBytes <= PACKET_LIMIT_BYTES) return;
    stream.destroy(new Error(`one packet is larger than ${PACKET_LIMIT_BYTES} bytes`));
  });
  return stream;
}

type Client = InstanceType<typeof MqttClient>;

/**
 * The library's own reconnecting, queueing and resubscribing stay off: it would send a QoS 1 packet
 * again for ever to a broker that closes the connection because of it.
 */
function clientOptions(options: ConnectionOptions) {
  const { will, username, password } = options;
  return {
    clientId: options.clientId,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(will
      ? {
          will: {
            topic: will.topic,
            payload: Buffer.from(will.bytes),
            qos: will.qos,
            retain: will.retain,
          },
        }
      : {}),
    protocolVersion: 4 as const,
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    writeCache: false, // the number cache costs 17 MB
    connectTimeout: options.connectTimeoutMs,
    keepalive: options.keepaliveSeconds,
    log: () => undefined,
  };
}

function lossOf(broker: BrokerUrl, { failure, endedByBroker }: Fate): Loss {
  const code = (failure as { code?: unknown } | undefined)?.code;
  const reset = code === "ECONNRESET" || code === "EPIPE";
  const why = failure ? `: ${failure.message}` : "";
  return {
    error: new NixwaveError("broker-lost", `the connection to ${broker} ended${why}`, {
      cause: failure,
    }),
    byBroker: reset || (endedByBroker && failure === undefined),
  };
}

function openConnection(client: Client, closed: Promise<Loss>): Connection {
  const pings: { resolve: () => void; reject: (error: NixwaveError) => void }[] = [];
  client.on("packetreceive", (packet) => {
    if (packet.cmd === "pingresp") pings.shift()?.resolve();
  });
  const lost = closed.then((loss) => {
    for (const ping of pings.splice(0)) ping.reject(loss.error);
    throw loss.error;
  });
  lost.catch(() => undefined); // raced below; the owner learns of it from `closed`
  return {
    closed,
    send: (packet, acknowledged) => send(client, packet, acknowledged),
    subscribe: (filters, qos) => Promise.race([lost, subscribe(client, filters, qos)]),
    unsubscribe: (filter) => void client.unsubscribe(filter, () => undefined),
    ping: () =>
      new Promise((resolve, reject) => {
        if (!client.connected) return void lost.catch(reject);
        pings.push({ resolve, reject });
        client.sendPing();
      }),
    end: async (graceMs) => {
      if (client.connected) client.end(false, () => undefined);
      const impatience = setTimeout(() => client.stream.destroy(), graceMs + END_MS);
      await closed;
      clearTimeout(impatience);
    },
  };
}

function send(client: Client, packet: Packet, acknowledged: () => void): boolean {
  const { topic, bytes, qos, retain } = packet;
  const stream = client.stream as unknown as Duplex;
  if (qos === 0 && stream.writableLength > CONGESTED_BYTES) return false;
  const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // No callback at QoS 0: the library would add a "drain" listener per message.
  if (qos === 0) client.publish(topic, payload, { qos, retain });
  else client.publish(topic, payload, { qos, retain }, (error) => error || acknowledged());
  return true;
}

const subscribe = (client: Client, filters: readonly string[], qos: 0 | 1) =>
  new Promise<readonly number[]>((resolve) => {
    // An error either carries SUBACK's codes or comes with the connection's end, which is raced.
    client.subscribe([...filters], { qos }, (_error, _wanted, packet) => {
      if (packet) resolve(packet.granted as readonly number[]);
    });
  });

import type { Duplex } from "node:stream";
import { NixwaveError } from "../../src/contract/index.ts";

/**
 * What we use of Node-RED's own `mqtt-broker` config node (nodes/core/network/10-mqtt.js, 4.1 and 5). It is no
 * documented API: this is the one place that knows its shape, and test/system/shared-broker.test.ts holds the
 * installed Node-RED against it.
 */
export interface CoreBrokerNode {
  readonly id: string;
  readonly brokerurl: string;
  readonly connected: boolean;
  readonly connecting: boolean;
  readonly options: CoreOptions;
  readonly client: CoreClient | undefined;
  readonly subscriptions: CoreSubscriptions;
  /** Said before the node disconnects on purpose. */
  closeMessage: CoreMessage | undefined;
  register(user: CoreUser): void;
  deregister(user: CoreUser, done: () => void, disconnectsAfterTheLast: boolean): void;
  connect(): void;
  disconnect(done: () => void): void;
  subscribe(topic: string, options: CoreSubscribeOptions, handler: CoreHandler, ref: string): void;
  unsubscribe(topic: string, ref: string, removesFromBroker: boolean): void;
  publish(message: CoreMessage, done: (error?: CoreFailure | null) => void): void;
}

/** By filter, then by ref. */
export type CoreSubscriptions = Readonly<
  Record<string, Readonly<Record<string, { readonly options: CoreSubscribeOptions }>>>
>;

export interface CoreOptions {
  readonly protocolVersion?: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Of a tls-config node: PEM. */
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  will?: CoreMessage | undefined;
  /** MQTT.js's: false keeps no ready-made 65,536 numbers. */
  writeCache?: boolean;
}

export interface CoreMessage {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos: number;
  readonly retain: boolean;
}

/** MQTT 5's PUBACK may carry a reason; 128 and above are refusals. */
export interface CoreFailure extends Error {
  readonly code?: unknown;
}

export interface CoreUser {
  readonly id: string;
  status(status: { readonly fill?: string }): void;
}

export interface CoreSubscribeOptions {
  readonly qos: 0 | 1 | 2;
  readonly nl: boolean;
  readonly rap: boolean;
  readonly rh: number;
  readonly properties?: unknown;
}

export type CoreHandler = (
  topic: string,
  bytes: Buffer,
  packet: { readonly retain?: boolean; readonly dup?: boolean },
) => void;

export interface CorePacket {
  readonly cmd: string;
  readonly messageId?: number;
  readonly subscriptions?: readonly { readonly topic: string }[];
  readonly granted?: readonly number[];
}

/** The MQTT.js client that the node makes; another one after each deliberate disconnect. */
export interface CoreClient {
  readonly stream: Duplex & { setNoDelay?(noDelay: boolean): unknown };
  readonly options: CoreOptions;
  on(event: "packetsend" | "packetreceive", listener: (packet: CorePacket) => void): unknown;
  off(event: "packetsend" | "packetreceive", listener: (packet: CorePacket) => void): unknown;
  subscribe(wanted: object, options: object): unknown;
  getLastMessageId(): number;
  removeOutgoingMessage(messageId: number): unknown;
}

const METHODS = [
  ...["register", "deregister", "connect", "disconnect"],
  ...["subscribe", "unsubscribe", "publish"],
];

/** @throws NixwaveError fleet-config-invalid when the id names something else, or nothing */
export function asCoreBroker(found: unknown): CoreBrokerNode {
  const node = found as (Record<string, unknown> & CoreBrokerNode) | null | undefined;
  if (!node) throw new NixwaveError("fleet-config-invalid", "mqttBroker: there is no such node");
  const isOne =
    node["type"] === "mqtt-broker" && METHODS.every((name) => typeof node[name] === "function");
  if (isOne) return node;
  throw new NixwaveError(
    "fleet-config-invalid",
    `mqttBroker: ${JSON.stringify(node["type"])} is not Node-RED's own mqtt-broker node`,
  );
}

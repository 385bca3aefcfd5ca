import { type Connection, connect } from "../../src/bus/connection.ts";
import { dialFor } from "../../src/bus/dial.ts";
import { brokerEndpoint } from "../../src/bus/index.ts";
import { type Address, DEFAULT_BASE, topicOf } from "../../src/contract/index.ts";
import type { BenchBroker } from "./brokers.ts";

/** The bus's own connection without the bus around it: bytes in, bytes out, at any QoS. */
interface BareClient extends Connection {
  onMessage: () => void;
}

export async function openBareClient(broker: BenchBroker, user: string): Promise<BareClient> {
  const client: { onMessage: () => void } = { onMessage: () => undefined };
  const connection = await connect({
    broker: broker.url,
    dial: await dialFor(brokerEndpoint(broker.url)),
    clientId: `${user}-bare`,
    ...broker.credentials(user),
    connectTimeoutMs: 10_000,
    keepaliveSeconds: 30,
    onMessage: () => client.onMessage(),
  });
  return Object.assign(client, connection);
}

export const endBareClient = (client: BareClient): Promise<void> => client.end(0);

/** One address in both directions between two clients, at one delivery. */
export interface BarePath {
  readonly to: Address;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** Sends `bytes` where `to` says. */
export function sendBarely(
  client: BareClient,
  { to, qos, retain }: BarePath,
  bytes: Uint8Array,
): void {
  client.send({ topic: topicOf(DEFAULT_BASE, to), bytes, qos, retain }, () => undefined);
}

/** @throws Error when the broker refuses the subscription */
export async function hearBarely(
  client: BareClient,
  { to, qos }: BarePath,
  heard: () => void,
): Promise<void> {
  client.onMessage = heard;
  const [granted] = await client.subscribe([topicOf(DEFAULT_BASE, to)], qos);
  if (granted !== qos) throw new Error(`subscribed at ${granted}, not ${qos}`);
}

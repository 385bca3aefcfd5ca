import { randomBytes } from "node:crypto";
import { NixwaveError } from "../contract/index.ts";
import { type Arrival, type Connection, connect } from "./connection.ts";
import type { BusSettings } from "./options.ts";

/** SUBACK's code for a filter that the broker refuses (MQTT 3.1.1, 3.9.3). */
const REFUSED = 0x80;

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A second connection, without will: on the first one a QoS 0 subscription would replace a QoS 1
 * subscription to the same filter (MQTT 3.8.4-3), and its retained copies would reach everybody.
 */
export function openReader(
  settings: BusSettings,
  timeoutMs: number,
  onMessage: (arrival: Arrival) => void,
): Promise<Connection> {
  const { connection } = settings;
  return connect({
    ...connection,
    clientId: `${connection.clientId}-read-${randomBytes(4).toString("hex")}`,
    will: undefined,
    connectTimeoutMs: Math.max(1, Math.min(connection.connectTimeoutMs, timeoutMs)),
    onMessage,
  });
}

export async function subscribeTo(connection: Connection, filter: string): Promise<void> {
  const [granted = REFUSED] = await connection.subscribe([filter], 0);
  if (granted < REFUSED) return;
  throw new NixwaveError("subscription-refused", `the broker refuses ${filter}`, { where: filter });
}

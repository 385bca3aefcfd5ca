import { setTimeout as wait } from "node:timers/promises";
import { clientIdFor, openBus, parseBrokerUrl } from "../../src/bus/index.ts";
import type { CoreBrokerNode } from "./core-broker-node.ts";

const LISTEN_MS = 2_000;

/**
 * Listens to everything for two seconds, over a connection of its own: another filter on the user's would make their
 * own mqtt nodes hear every retained message twice (trap 4 of the shared broker).
 * @throws NixwaveError as openBus: the broker cannot be reached, or does not let us in
 */
export async function overhear(
  { brokerurl, options }: Pick<CoreBrokerNode, "brokerurl" | "options">,
  note: (topic: string, bytes: Uint8Array) => void,
): Promise<void> {
  const { username, password, ca, cert, key } = options;
  const login = username ? { username, ...(password ? { password } : {}) } : {};
  const bus = await openBus({
    broker: parseBrokerUrl(brokerurl),
    clientId: clientIdFor(username || "nixwave", "topics"),
    ...login,
    tls: { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) },
    connectTimeoutMs: LISTEN_MS,
  });
  try {
    bus.listen("#", ({ topic, bytes }) => note(topic, bytes));
    await wait(LISTEN_MS);
  } finally {
    await bus.close();
  }
}

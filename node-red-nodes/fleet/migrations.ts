import type { NodeConfig } from "../runtime/red.ts";

/** The stored shape of the dialog; the editor writes it as `v`, the html repeats the number. */
export const FLEET_VERSION = 1;

/** What a flow of an older version holds, in today's fields. Steps are never changed, only added. */
export function migrateFleet(stored: NodeConfig): NodeConfig {
  const version = typeof stored["v"] === "number" ? stored["v"] : 0;
  return version < 1 ? toOwnBrokerNode(stored) : stored;
}

/**
 * 0 to 1: the connection belongs to Node-RED's broker node, hosts are rows. `broker` and `hubKeyFile` stay
 * until the dialog is saved: the first says which broker node to choose, the second still holds the key.
 */
function toOwnBrokerNode(stored: NodeConfig): NodeConfig {
  const { user: _user, passwordFile: _passwordFile, ...rest } = stored;
  const { hosts } = rest;
  const names = typeof hosts === "string" ? hosts.split(/[\s,]+/).filter(Boolean) : null;
  return {
    ...rest,
    ...(names ? { hosts: names.map((host) => ({ host, carries: [], optional: false })) } : {}),
    v: FLEET_VERSION,
  };
}

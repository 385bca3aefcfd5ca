import type { NodeConfig } from "../runtime/red.ts";

/** The stored shape of the dialog; the html repeats the number. */
export const FLEET_SHAPE = 3;

/** What a flow of an older version holds, in today's fields. Steps are never changed, only added. */
export function migrateFleet(stored: NodeConfig): NodeConfig {
  const { v, shape = v } = stored;
  const number = typeof shape === "number" ? shape : 0;
  const withBrokerNode = number < 1 ? toOwnBrokerNode(stored) : stored;
  const named = number < 2 || v !== undefined ? nameItsShape(withBrokerNode) : withBrokerNode;
  return number < 3 ? toHomeAssistant(named) : named;
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
  };
}

/** 1 to 2: names of one letter are the editor's own, so `v` is called `shape`. */
function nameItsShape({ v: _v, ...rest }: NodeConfig): NodeConfig {
  return { ...(rest as NodeConfig), shape: 2 };
}

/** 2 to 3: Home Assistant can be told; off until somebody ticks it. */
function toHomeAssistant(stored: NodeConfig): NodeConfig {
  return { ...stored, homeAssistant: false, haPrefix: "", haOperator: "", shape: FLEET_SHAPE };
}

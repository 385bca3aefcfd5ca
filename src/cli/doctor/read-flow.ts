import {
  type Channel,
  type HostName,
  NixwaveError,
  type PublicKey,
  parseChannel,
  parseDuration,
  parseHostName,
  parsePublicKey,
  parseTopicBase,
  type TopicBase,
} from "../../contract/index.ts";

/** What the doctor needs of a flow, read leniently: a flow that is broken is what it looks for. */
export interface FlowRead {
  readonly hosts: readonly HostName[];
  readonly base: TopicBase | null;
  readonly channel: Channel | null;
  readonly releaseKeys: readonly PublicKey[];
  readonly threshold: number;
  readonly sensors: readonly { readonly topic: string; readonly expiresMs: number }[];
  /** From where release nodes fetch. */
  readonly webs: readonly string[];
  readonly faults: readonly string[];
}

type Node = Readonly<Record<string, unknown>>;

const QUERIED: ReadonlySet<unknown> = new Set(["prometheus", "alerts"]);
/** As the gate's own default has it (src/gate/parse-row.ts). */
const INTERVAL = "5m";

/** @param text a flow file of Node-RED */
export function readFlow(text: string): FlowRead {
  const faults: string[] = [];
  const nodes = nodesIn(text, faults);
  const fleets = nodes.filter(({ type }) => type === "nixwave-fleet");
  if (nodes.length > 0 && fleets.length === 0) faults.push("has no fleet (nixwave-fleet)");
  for (const node of nodes) faults.push(...looseEnds(node, nodes));
  const [fleet = {}] = fleets;
  const read = <T>(what: string, parse: () => T, otherwise: T): T => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      faults.push(`${nameOf(fleet)}: ${what}: ${error.message}`);
      return otherwise;
    }
  };
  const base = textOf(fleet, "base");
  const channel = textOf(fleet, "channel");
  const keys = textOf(fleet, "releaseKeys")
    .split(/[\s,]+/)
    .filter(Boolean);
  if (fleets.length > 0 && keys.length === 0) faults.push(`${nameOf(fleet)}: names no release key`);
  return {
    hosts: read("hosts", () => hostsOf(fleet), []),
    base: read("base", () => (base === "" ? null : parseTopicBase(base)), null),
    channel: read("channel", () => (channel === "" ? null : parseChannel(channel)), null),
    releaseKeys: read("releaseKeys", () => keys.map(parsePublicKey), []),
    threshold: Number(textOf(fleet, "threshold")) || 1,
    sensors: sensorsOf(nodes),
    webs: websOf(nodes),
    faults,
  };
}

function nodesIn(text: string, faults: string[]): readonly Node[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed.map((one: unknown) => Object(one) as Node);
    faults.push("is not a list of nodes");
  } catch (error) {
    faults.push(`is not JSON: ${(error as Error).message}`);
  }
  return [];
}

/** Wires that lead nowhere, and nodes of ours without their fleet or its broker. */
function looseEnds(node: Node, nodes: readonly Node[]): readonly string[] {
  const typeOf = (id: unknown): unknown => nodes.find((one) => one["id"] === id)?.["type"];
  const wires: readonly unknown[] = Array.isArray(node["wires"]) ? node["wires"].flat() : [];
  const faults = wires
    .filter((id) => typeOf(id) === undefined)
    .map((id) => `${nameOf(node)}: is wired to ${String(id)}, which is not there`);
  const type = String(node["type"] ?? "");
  if (type === "nixwave-fleet" && typeOf(node["mqttBroker"]) !== "mqtt-broker") {
    faults.push(`${nameOf(node)}: its broker is not there`);
  }
  const needsFleet = type.startsWith("nixwave-") && "fleet" in node && type !== "nixwave-fleet";
  if (needsFleet && typeOf(node["fleet"]) !== "nixwave-fleet") {
    faults.push(`${nameOf(node)}: its fleet is not there`);
  }
  return faults;
}

function hostsOf(fleet: Node): readonly HostName[] {
  const rows = fleet["hosts"];
  if (typeof rows === "string")
    return rows
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(parseHostName);
  if (!Array.isArray(rows)) return [];
  return rows.map((row: unknown) => parseHostName(String(Object(row)["host"])));
}

/** Topics that gates listen to; queries go to Prometheus, which the doctor does not ask. */
function sensorsOf(nodes: readonly Node[]): FlowRead["sensors"] {
  const found = new Map<string, number>();
  const gates = nodes.filter((node) => node["type"] === "nixwave-gate" && node["d"] !== true);
  for (const row of gates.flatMap((gate) => (Array.isArray(gate["rows"]) ? gate["rows"] : []))) {
    const fields = Object(row) as Node;
    if (QUERIED.has(fields["format"])) continue;
    const expiresMs = expiryOf(fields);
    for (const topic of textOf(fields, "topic")
      .split(/\s*,\s*/)
      .filter(Boolean)) {
      if (!/[+#\0]/.test(topic)) found.set(topic, Math.max(expiresMs, found.get(topic) ?? 0));
    }
  }
  return [...found].map(([topic, expiresMs]) => ({ topic, expiresMs }));
}

const websOf = (nodes: readonly Node[]): FlowRead["webs"] =>
  nodes
    .filter((node) => node["type"] === "nixwave-release" && node["d"] !== true)
    .map((node) => textOf(node, "url"))
    .filter(Boolean);

function expiryOf(row: Node): number {
  const given = textOf(row, "expireAfter");
  try {
    if (given !== "") return parseDuration(given);
    return 3 * parseDuration(textOf(row, "interval") || INTERVAL);
  } catch {
    return 3 * parseDuration(INTERVAL); // the gate's own dialog says what is wrong with it
  }
}

const textOf = (node: Node, field: string): string => {
  const value = node[field];
  return typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
};

const nameOf = (node: Node): string =>
  `${textOf(node, "type").replace("nixwave-", "") || "node"} ${textOf(node, "name") || textOf(node, "id")}`;

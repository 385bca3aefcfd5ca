import { type BrokerUrl, brokerEndpoint } from "../bus/index.ts";
import { formatPublicKey } from "../contract/index.ts";
import { type FirstHome, type FlowNode, type HubPlaces, parseFlow, textIn } from "../hub/index.ts";
import type { FirstFlags } from "./commands/hub-first-flags.ts";

interface Option {
  /** Only what is given may differ; what is left out takes its default at the first start alone. */
  readonly given: keyof Flags;
  /** The flag, the module's option behind it, and the field in the editor. */
  readonly names: readonly [flag: string, nix: string, field: string];
  readonly type: string;
  readonly wanted: (first: FirstHome, flags: Flags) => string;
  readonly read: (node: FlowNode) => string;
}

type Flags = FirstFlags & { readonly broker?: BrokerUrl };

const text =
  (field: string) =>
  (node: FlowNode): string =>
    String(node[field] ?? "");
const hostsOf = ({ hosts }: FlowNode): readonly { host?: unknown; carries?: unknown }[] =>
  Array.isArray(hosts) ? hosts.filter((one) => typeof one === "object" && one !== null) : [];
const carries = (one: { carries?: unknown }): boolean =>
  Array.isArray(one.carries) && one.carries.length > 0;
const asSet = (words: readonly unknown[]): string => words.map(String).sort().join(" ");

const FLEET = "nixwave-fleet";
const NOTIFY = "nixwave-notify";
const RELEASE = "nixwave-release";

const OPTIONS: readonly Option[] = [
  {
    ...{ given: "fleet", type: FLEET, read: text("fleet") },
    names: ["--fleet", "fleet", "Fleet of the fleet node"],
    wanted: ({ fleet }) => fleet,
  },
  {
    ...{ given: "channel", type: FLEET, read: text("channel") },
    names: ["--channel", "channel", "Channel of the fleet node"],
    wanted: ({ channel }) => channel,
  },
  {
    ...{ given: "host", type: FLEET },
    names: ["--host", "hosts", "Hosts of the fleet node"],
    wanted: ({ hosts }) => hosts.join(" "),
    read: (node) =>
      hostsOf(node)
        .map(text("host") as (one: object) => string)
        .join(" "),
  },
  {
    ...{ given: "carrier", type: FLEET },
    names: ["--carrier", "carriers", "broker and hub, beside the hosts of the fleet node"],
    wanted: ({ carriers }) => asSet([...carriers.keys()]),
    read: (node) =>
      asSet(
        hostsOf(node)
          .filter(carries)
          .map(({ host }) => host),
      ),
  },
  {
    ...{ given: "releaseKey", type: FLEET },
    names: ["--release-key", "releaseKeys", "Release keys of the fleet node"],
    wanted: ({ releaseKeys }) => asSet(releaseKeys.map(formatPublicKey)),
    read: (node) => asSet(text("releaseKeys")(node).split(/\s+/).filter(Boolean)),
  },
  {
    ...{ given: "language", type: FLEET, read: text("language") },
    names: ["--language", "language", "Language of the fleet node and the ntfy node"],
    wanted: ({ language }) => language,
  },
  {
    ...{ given: "zone", type: FLEET, read: text("zone") },
    names: ["--zone", "timeZone", "Time zone of the fleet node"],
    wanted: ({ zone }) => zone,
  },
  {
    ...{ given: "flow", type: FLEET, read: ({ id }) => id },
    names: ["--flow", "flow", "the flow, by Import"],
    wanted: ({ flow }) => parseFlow(flow).find(({ type }) => type === FLEET)?.id ?? "",
  },
  {
    ...{ given: "ntfyTopic", type: NOTIFY, read: text("topic") },
    names: ["--ntfy-topic", "ntfy.topic", "Topic of the ntfy node"],
    wanted: ({ phone }) => String(phone?.notify?.["topic"]),
  },
  {
    ...{ given: "ntfyServer", type: NOTIFY },
    names: ["--ntfy-server", "ntfy.server", "Server of the ntfy node"],
    wanted: ({ phone }) => String(phone?.notify?.["server"]),
    read: text("server"),
  },
  {
    ...{ given: "releaseUrl", type: RELEASE, read: text("url") },
    names: ["--release-url", "release.url", "Address of the release node"],
    wanted: ({ web }) => String(web?.release?.["url"]),
  },
  {
    ...{ given: "releaseEvery", type: RELEASE },
    names: ["--release-every", "release.every", "Look every of the release node"],
    wanted: ({ web }) => String(web?.release?.["every"]),
    read: text("every"),
  },
  {
    ...{ given: "broker", type: "mqtt-broker" },
    names: ["--broker", "broker.url", "Server and Port of the broker node"],
    wanted: (_, { broker }) => (broker === undefined ? "" : addressOf(broker)),
    read: brokerOf,
  },
];

function addressOf(url: BrokerUrl): string {
  const { protocol, host, port } = brokerEndpoint(url);
  return protocol === "mqtt" || protocol === "mqtts" ? `${protocol}://${host}:${port}` : url;
}

function brokerOf(node: FlowNode): string {
  const [host, port] = [text("broker")(node), text("port")(node)];
  return port === "" ? host : `${node["usetls"] === true ? "mqtts" : "mqtt"}://${host}:${port}`;
}

/**
 * One line for each option that says something else than the first start was told and than the flow says now. Whoever
 * changed the flow and left the option as it was is not told: the flow is the house's own.
 */
export async function unheededOptions(
  flags: Flags,
  first: FirstHome,
  places: Pick<HubPlaces, "flow" | "flowGiven">,
): Promise<readonly string[]> {
  const own = nodesOf(await textIn(places.flow));
  if (own.length === 0) return [];
  const before = nodesOf(await textIn(places.flowGiven));
  return OPTIONS.flatMap(({ given, names, type, wanted, read }) => {
    if (flags[given] === undefined) return [];
    const ofType = (nodes: readonly FlowNode[]) => nodes.filter((node) => node.type === type);
    const known = [...ofType(own), ...ofType(before)];
    const is = wanted(first, flags);
    return is === "" || known.some((node) => read(node) === is) ? [] : [lineOf(names)];
  });
}

const lineOf = ([flag, nix, field]: Option["names"]): string =>
  `${flag} (NixOS: ${nix}) says something else than the flow, and counts at the first start only: change ${field} in the editor`;

/**
 * Where the flow still has the embedded broker's address of the first start, and nobody listens there any more; null
 * when somebody does, or the flow was led elsewhere.
 * @param ports of the embedded broker
 */
export async function lostPort(
  ports: readonly number[],
  places: Pick<HubPlaces, "flow" | "flowGiven">,
): Promise<string | null> {
  const own = nodesOf(await textIn(places.flow));
  const given = nodesOf(await textIn(places.flowGiven)).find(({ type }) => type === "mqtt-broker");
  if (given === undefined || ports.map(String).includes(text("port")(given))) return null;
  const isLeft = own.some(
    (node) => node.type === "mqtt-broker" && brokerOf(node) === brokerOf(given),
  );
  if (!isLeft) return null;
  return `the flow asks for the broker on port ${text("port")(given)}, where neither --mqtt nor --mqtt-tls (NixOS: broker.mqtt, broker.mqttTls) listens: change Port of the broker node in the editor`;
}

/** None of a flow that Node-RED will complain of itself. */
function nodesOf(flow: string | null): readonly FlowNode[] {
  try {
    return flow === null ? [] : parseFlow(flow);
  } catch {
    return [];
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { makeAccounts } from "../../src/broker/index.ts";
import { type Bus, clientIdFor, openBus, parseBrokerUrl } from "../../src/bus/index.ts";
import type { Conductor } from "../../src/conductor/index.ts";
import {
  DEFAULT_BASE,
  formatPublicKey,
  formatSecretKey,
  type HostName,
  instant,
  type Order,
  parseHostName,
  parseKeyName,
} from "../../src/contract/index.ts";
import { fillFlow, type Hub, type NodeRedLine, openHub } from "../../src/hub/index.ts";
import {
  CI_KEY,
  DAY_MS,
  FLEET,
  keyFrom,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";

const NODES = fileURLToPath(new URL("../../node-red-nodes", import.meta.url));
const PASSWORD = "only for this test";
export const HUB_SEED = Buffer.alloc(32, 7);
/** Weak on purpose: these passwords live as long as a test. */
const CHEAP = { N: 1024, r: 8, p: 1 };

export const rp4 = parseHostName("rp4");
export const nuc = parseHostName("nuc");

export interface NodeStatusSeen {
  readonly id: string;
  readonly status: { readonly fill?: string; readonly shape?: string; readonly text?: string };
}

/** The one Node-RED of this process: its events, and its nodes to give messages to. */
export const nodeRed = createRequire(import.meta.url)("node-red") as {
  readonly events: {
    on(event: string, listener: (value: never) => void): void;
    off(event: string, listener: (value: never) => void): void;
  };
  readonly nodes: {
    getNode(id: string): {
      receive(message: Readonly<Record<string, unknown>>): void;
      readonly conductor?: Conductor | null;
    } | null;
  };
};

/** What a node said below itself, in order. */
export function watchStatuses() {
  const seen: NodeStatusSeen[] = [];
  const note = (one: NodeStatusSeen): void => void seen.push(one);
  nodeRed.events.on("node-status", note);
  return {
    of: (id: string): readonly string[] =>
      seen.filter((one) => one.id === id).map(({ status }) => status.text ?? ""),
    last: (id: string) => seen.findLast((one) => one.id === id)?.status,
    stop: () => nodeRed.events.off("node-status", note),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Nothing waits in a test: the order of things is what is looked at. */
const AT_ONCE = { settle: "0s", soak: "0s", lease: "10m", onFailure: "stop" };
const FLEET_FIELDS = {
  ...{ name: "home", fleet: FLEET, channel: "main", threshold: "1", base: DEFAULT_BASE },
  ...{ language: "en", zone: "UTC", stateFolder: "", shape: 2, mqttBroker: "broker" },
  hosts: [
    { host: "rp4", carries: [], optional: false },
    { host: "nuc", carries: [], optional: false },
  ],
  releaseKeys: formatPublicKey(CI_KEY.publicKey),
};

/** A node of the tab under test; `wires` are ids for each output. */
export const node = (
  id: string,
  type: string,
  fields: Fields = {},
  wires: readonly (readonly string[])[] = [],
): Fields => ({
  ...{ id, type, z: "tab", x: 100, y: 100, name: "", fleet: "fleet" },
  ...(type === "nixwave-rollout" ? AT_ONCE : {}),
  ...fields,
  wires,
});

/** release and rollout, with `step` wired to where the test wants it. */
export const releaseAndRollout = (step: readonly string[] = [], fields: Fields = {}) => [
  node("release", "nixwave-release", {}, [["rollout"], []]),
  node("rollout", "nixwave-rollout", fields, [step, [], []]),
];

/** A folder in which a hub can be opened again and again, with the broker's and Node-RED's state in it. */
export async function makeHubFolder() {
  const directory = await mkdtemp(join(tmpdir(), "nixwave-nodes-"));
  const lines: NodeRedLine[] = [];
  const places = {
    userDirectory: join(directory, "node-red"),
    flowFile: join(directory, "node-red", "flows.json"),
  };
  const open = async (
    nodes: readonly Fields[],
    fleet: Fields = {},
    secrets: Fields = {},
  ): Promise<Hub> => {
    await rm(places.flowFile, { force: true });
    return await openHub({
      broker: {
        listeners: [{ kind: "tcp", port: 0 }],
        accounts: await accounts(),
        stateDir: join(directory, "broker"),
      },
      editor: {
        ...places,
        ...{ nodesDirectory: NODES, port: 0, credentialSecret: "only for this test" },
        log: (line) => lines.push(line),
      },
      firstFlow: (broker) => flowOf(nodes, broker, fleet, secrets),
    });
  };
  const [asyncDispose] = [() => rm(directory, { recursive: true, force: true })];
  return { directory, lines, open, [Symbol.asyncDispose]: asyncDispose };
}

function flowOf(nodes: readonly Fields[], brokerUrl: string, fleet: Fields, secrets: Fields) {
  const { hostname, port } = new URL(brokerUrl);
  const flow = [
    { id: "tab", type: "tab", label: "Home" },
    { id: "broker", type: "mqtt-broker", name: "", protocolVersion: "4", keepalive: "60" },
    { id: "fleet", type: "nixwave-fleet" },
    ...nodes,
  ];
  return fillFlow(JSON.stringify(flow), {
    fleet: { ...FLEET_FIELDS, ...fleet },
    fleetSecrets: { hubKey: formatSecretKey(parseKeyName("hub-1"), HUB_SEED), ...secrets },
    broker: {
      ...{ broker: hostname, port, clientid: clientIdFor("hub", "nodes"), usetls: false },
      ...{ autoConnect: true, cleansession: true },
    },
    brokerSecrets: { user: "hub", password: PASSWORD },
  });
}

const accounts = () =>
  makeAccounts(
    (
      [
        ["hub", "hub"],
        ["ci", "ci"],
        ["watch", "operator"],
        ["rp4", "host"],
        ["nuc", "host"],
        ["sensor", "device"],
      ] as const
    ).map(([user, role]) => ({ user, role, password: PASSWORD })),
    DEFAULT_BASE,
    CHEAP,
  );

/** Where the broker is; all that a host, CI or an operator needs of a hub. */
export type Reached = Pick<Hub, "brokerUrl">;

export const credentials = (user: string, hub: Reached) => ({
  broker: parseBrokerUrl(hub.brokerUrl),
  clientId: clientIdFor(user, "test"),
  username: user,
  password: PASSWORD,
});

export const connectAs = (user: string, hub: Reached): Promise<Bus> =>
  openBus(credentials(user, hub));

/** A hub without a journal first hears what the broker holds. */
const hubIsAwake = (): Promise<void> =>
  expect
    .poll(() => nodeRed.nodes.getNode("fleet")?.conductor?.view.isLearning, { timeout: 20_000 })
    .toBe(false);

/** A release for both hosts, signed by `key` (CI's by default), published as CI does. */
export async function publishRelease(hub: Hub, closure: string, key = CI_KEY): Promise<void> {
  await hubIsAwake();
  await sayRelease(hub, closure, key);
}

/** As `publishRelease`, to whoever listens already. */
export async function sayRelease(
  hub: Reached,
  closure: string,
  key = CI_KEY,
  hosts: readonly HostName[] = [rp4, nuc],
): Promise<void> {
  const now = Date.now();
  const statements = hosts.map((host) =>
    sealStatement(
      statementOf(`${closure} ${host}`, {
        host,
        ...{ serial: now as never, issued: instant(now), expires: instant(now + DAY_MS) },
      }),
      key,
    ),
  );
  const bus = await connectAs("ci", hub);
  const release = { v: 1, statements: statements.map(({ envelope }) => envelope) } as const;
  await bus.publishConfirmed({ kind: "release", channel: "main" as never }, release, {
    timeoutMs: 10_000,
  });
  await bus.close();
}

export const strangerKey = keyFrom("stranger-1");

/** The next rollout status for which `isIt` holds. */
export async function rolloutStatus(
  hub: Reached,
  isIt: (status: { phase: string; completion: string | null; why: string }) => boolean,
) {
  const bus = await connectAs("watch", hub);
  const found = Promise.withResolvers<{
    readonly completion: string | null;
    readonly why: string;
    readonly hosts: readonly { readonly host: string; readonly state: string }[];
  }>();
  await bus.subscribe({ kind: "rolloutStatus" }, ({ payload }) => {
    if (isIt(payload)) found.resolve(payload);
  });
  return { seen: found.promise.finally(() => bus.close()) };
}

/** What a host was ordered, in order; a host that appears is ordered anew, which is the same order. */
export const goalsOf = (orders: readonly Order[]): readonly string[] => [
  ...new Set(orders.map(({ goal }) => goal)),
];

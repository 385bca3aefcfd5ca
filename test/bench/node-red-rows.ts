import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Bus } from "../../src/bus/index.ts";
import { type FlowNode, parseFlow } from "../../src/hub/index.ts";
import { packNodes } from "../../tools/pack-nodes.ts";
import { type BenchBroker, openBenchBus, startOpenMosquitto, whileOpen } from "./brokers.ts";
import { residentMemory } from "./gated-process.ts";
import { fleetFields } from "./hub-home.ts";
import { ratios, spread } from "./measure.ts";
import { type Comparisons, type Measured, spreadMs, type Tell } from "./row.ts";

const HOMELAB = fileURLToPath(new URL("../../flows/homelab.json", import.meta.url));
const NODE_RED = createRequire(import.meta.url).resolve("node-red/red.js");
const CORE_NODES = dirname(createRequire(NODE_RED).resolve("@node-red/nodes"));
const HOSTS = ["rp4", "rp3", "x1", "nuc"];
const STARTS = 15;
const RESTS = 5;
/** After the flow has started: what is read once is let go by then. */
const SETTLE_MS = 10_000;

/** Nobody outside is asked, as `nixwave hub` runs it. */
const settings = (coreNodes: string): string => `module.exports = {
  coreNodesDir: ${JSON.stringify(coreNodes)},
  uiHost: "127.0.0.1", flowFile: "flows.json", credentialSecret: "only for this bench", httpNodeRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false } },
  editorTheme: { projects: { enabled: false }, palette: { catalogues: [] }, tours: false },
  logging: { console: { level: "info", metrics: false, audit: false } },
};\n`;

type OnEnd = Parameters<Parameters<typeof whileOpen>[0]>[0];
type Flow = readonly Readonly<Record<string, unknown>>[];

/** Its user directory, complete. @returns the folder */
async function makeHome(flow: Flow): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "node-red-"));
  // Node-RED looks for nodes in every node_modules above its own, which in this checkout hold ours.
  const coreNodes = join(home, "core");
  await symlink(CORE_NODES, coreNodes);
  await writeFile(join(home, "settings.js"), settings(coreNodes));
  await writeFile(join(home, "flows.json"), JSON.stringify(flow));
  await writeFile(join(home, "package.json"), '{ "name": "home", "private": true }\n');
  return home;
}

/** As `npm install` leaves it. */
async function installNodes(home: string): Promise<void> {
  const target = join(home, "node_modules", "@nixwave", "node-red");
  await mkdir(join(home, "node_modules", "@nixwave"), { recursive: true });
  await packNodes(target);
  const { version } = JSON.parse(await readFile(join(target, "package.json"), "utf8"));
  const manifest = { name: "home", private: true, dependencies: { "@nixwave/node-red": version } };
  await writeFile(join(home, "package.json"), JSON.stringify(manifest));
}

const brokerFields = ({ url }: BenchBroker, clientid: string) => {
  const { hostname, port } = new URL(url);
  return { broker: hostname, port, clientid, autoConnect: true, protocolVersion: "4" };
};

/** flows/homelab.json; what of our ten types it lacks is beside it. */
async function homeFlow(broker: BenchBroker): Promise<Flow> {
  const nodes = parseFlow(await readFile(HOMELAB, "utf8")).map((node): FlowNode => {
    if (node.type === "mqtt-broker") return { ...node, ...brokerFields(broker, "hub-nodes") };
    if (node.type !== "nixwave-fleet") return node;
    return { ...node, ...fleetFields(HOSTS as never), stateFolder: "" };
  });
  const [tab, fleet] = ["tab", "nixwave-fleet"].map(
    (type) => nodes.find((node) => node.type === type)?.id,
  );
  const ask = { id: "ask", type: "nixwave-approval", z: tab, fleet, x: 900, y: 900 };
  return [...nodes, { ...ask, wires: [[], [], []] }];
}

/** The same flow without ours: what of the cost is Node-RED's own nodes in it. */
const withoutOurs = (flow: Flow): Flow =>
  flow.filter(({ type }) => !String(type).startsWith("nixwave-"));

/** What everybody has who has a broker: Node-RED's own node, connected. */
const mqttFlow = (broker: BenchBroker): Flow => [
  { id: "tab", type: "tab" },
  { id: "broker", type: "mqtt-broker", keepalive: "60", ...brokerFields(broker, "core-nodes") },
  {
    ...{ id: "in", type: "mqtt in", z: "tab", x: 100, y: 100, topic: "tele/+/SENSOR", qos: "1" },
    ...{ datatype: "auto-detect", broker: "broker", nl: false, rap: true, rh: 0, wires: [[]] },
  },
];

interface Homes {
  readonly ours: string;
  readonly empty: string;
  readonly core: string;
  /** Our nodes are installed, and no flow has one. */
  readonly idle: string;
  readonly withoutOurs: string;
  readonly watch: Bus;
}

async function openHomes(onEnd: OnEnd): Promise<Homes> {
  const broker = onEnd(await startOpenMosquitto(), ({ stop }) => stop());
  const watch = onEnd(await openBenchBus(broker, "watch"), (bus) => bus.close());
  const flow = await homeFlow(broker);
  const ours = await makeHome(flow);
  const idle = await makeHome([]);
  for (const home of [ours, idle]) await installNodes(home);
  const core = await makeHome(mqttFlow(broker));
  const plain = await makeHome(withoutOurs(flow));
  return { ours, empty: await makeHome([]), core, idle, withoutOurs: plain, watch };
}

interface Started {
  readonly child: ChildProcess;
  readonly startMs: number;
}

/** Node-RED's own program, until it says that its flows run. */
async function start(home: string): Promise<Started> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [NODE_RED, "--userDir", home, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: home,
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (more: Buffer) => {
      said += more.toString();
      if (/missing|not loaded/i.test(said)) reject(new Error(said));
      if (said.includes("Started flows")) resolve();
    });
    child.once("exit", () => reject(new Error(`Node-RED ended:\n${said}`)));
  });
  return { child, startMs: performance.now() - beganMs };
}

async function end({ child }: Started): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** The nodes have told everybody that the hub is there. */
async function openFleet(watch: Bus): Promise<void> {
  const found = Promise.withResolvers<void>();
  const one = await watch.subscribe({ kind: "hubStatus" }, ({ payload }) => {
    if (payload.state === "online") found.resolve();
  });
  await found.promise;
  one.unsubscribe();
}

async function rest(home: string, whenStarted: () => Promise<void>): Promise<number> {
  const one = await start(home);
  try {
    await whenStarted();
    await pause(SETTLE_MS);
    return residentMemory(one.child.pid ?? 0).all;
  } finally {
    await end(one);
  }
}

const mebibytes = (values: readonly number[]): string => `${spread(values).median.toFixed(1)} MiB`;

/** Beside the row's own ratio, which is the one held against the goal. */
const overEmpty = (of: readonly number[], empty: readonly number[]): string =>
  spread(ratios(of, empty)).median.toFixed(2);

const measureMemory = (tell: Tell): Promise<Measured> =>
  whileOpen(async (onEnd) => {
    const { watch, ...homes } = await openHomes(onEnd);
    const at: Record<keyof typeof homes, number[]> = {
      ...{ ours: [], empty: [], core: [], idle: [], withoutOurs: [] },
    };
    const atRest = async (home: keyof typeof homes): Promise<void> => {
      const whenStarted = home === "ours" ? () => openFleet(watch) : async () => undefined;
      at[home].push(await rest(homes[home], whenStarted));
    };
    for (let turn = 0; turn < RESTS; turn++) {
      tell(`turn ${turn + 1} of ${RESTS}`);
      for (const home of ["ours", "empty", "core", "idle", "withoutOurs"] as const) {
        await atRest(home);
      }
    }
    const over = (of: readonly number[]): string => overEmpty(of, at.empty);
    const beside = (home: keyof typeof homes): string =>
      `${mebibytes(at[home])} (${over(at[home])})`;
    return {
      ours: `our ten nodes and a fleet ${mebibytes(at.ours)}; installed only ${beside("idle")}; the same flow without our nodes ${beside("withoutOurs")}`,
      peer: `an empty Node-RED ${mebibytes(at.empty)}; with one mqtt in of its own ${beside("core")}`,
      ratio: spread(ratios(at.ours, at.empty)),
    };
  });

async function startOnce(home: string): Promise<number> {
  const one = await start(home);
  await end(one);
  return one.startMs;
}

const measureStart = (tell: Tell): Promise<Measured> =>
  whileOpen(async (onEnd) => {
    const { ours, empty, idle } = await openHomes(onEnd);
    const at: Record<"ours" | "empty" | "idle", number[]> = { ours: [], empty: [], idle: [] };
    for (const home of [ours, empty, idle]) await startOnce(home); // what is written on the first start
    for (let turn = 0; turn < STARTS; turn++) {
      tell(`start ${turn + 1} of ${STARTS}`);
      at.ours.push(await startOnce(ours));
      at.empty.push(await startOnce(empty));
      at.idle.push(await startOnce(idle));
    }
    const installed = `${spreadMs(spread(at.idle))} (${overEmpty(at.idle, at.empty)})`;
    return {
      ours: `with our ten nodes and a fleet ${spreadMs(spread(at.ours))}; installed only ${installed}`,
      peer: `an empty Node-RED ${spreadMs(spread(at.empty))}`,
      ratio: spread(ratios(at.ours, at.empty)),
    };
  });

export const nodeRedRows: Comparisons = {
  "nodes-memory": {
    about: `nodes-memory: resident memory of Node-RED with our ten nodes and a fleet over mosquitto, ${SETTLE_MS / 1000} s after it is open / an empty Node-RED`,
    goal: 1.05,
    measure: measureMemory,
  },
  "nodes-start": {
    about:
      "nodes-start: from exec until the flows have started, with our ten nodes and a fleet / an empty Node-RED",
    goal: 1.1,
    measure: measureStart,
  },
};

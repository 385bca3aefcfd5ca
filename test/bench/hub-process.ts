// The hub in a process of its own, as `nixwave hub` runs it: Node-RED with our nodes, and the embedded broker where
// the request has accounts. The bench forks this file, sends a HubRequest, and asks for what it used.
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { makeAccounts, type NewAccount } from "../../src/broker/index.ts";
import { DEFAULT_BASE } from "../../src/contract/index.ts";
import { type FilledFlow, fillFlow, type HomeFields, openHub } from "../../src/hub/index.ts";
import { CHEAP_HASHING, ROOM_FOR_ALL } from "./broker-terms.ts";
import { beyondLook, LOOK_EVERY_MS } from "./hub-figures.ts";

export interface HubRequest {
  /** The URL of a broker that is there, or who may connect to the embedded one. */
  readonly broker: string | readonly NewAccount[];
  /** The user of the hub's own connection; absent on an open broker. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Absolute; everything of the hub lies below it. */
  readonly directory: string;
  readonly nodesDirectory: string;
  readonly flow: string;
  readonly fleet: HomeFields["fleet"];
  readonly hubKey: string;
}

export interface HubUse {
  /** Since the last time it was asked. */
  readonly cpuMs: number;
  /** Beyond the millisecond between two looks. */
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly rssMiB: number;
  readonly heapMiB: number;
}

const MIB = 1024 * 1024;

async function serve(request: HubRequest): Promise<void> {
  const { broker, directory, nodesDirectory, flow, fleet, hubKey, login } = request;
  const filled = (url: string): FilledFlow => {
    const { hostname, port } = new URL(url);
    return fillFlow(flow, {
      ...{ fleet: { ...fleet, stateFolder: `${directory}/journal` }, fleetSecrets: { hubKey } },
      broker: { broker: hostname, port, clientid: "hub-nodes", autoConnect: true },
      ...(login ? { brokerSecrets: login } : {}),
    });
  };
  const hub = await openHub({
    broker: typeof broker === "string" ? broker : await embedded(broker, directory),
    editor: {
      ...{ userDirectory: `${directory}/node-red`, flowFile: `${directory}/node-red/flows.json` },
      ...{ nodesDirectory, port: 0, credentialSecret: "only for this bench" },
      log: ({ level, node, text }) => {
        if (level !== "info") console.error(node, text);
      },
    },
    firstFlow: filled,
  });
  const use = watchUse();
  process.on("message", () => process.send?.(use()));
  process.once("disconnect", () => void hub.close().then(() => process.exit(0)));
  process.send?.(hub.brokerUrl);
}

const embedded = async (accounts: readonly NewAccount[], directory: string) => ({
  listeners: [{ kind: "tcp", port: 0 } as const],
  accounts: await makeAccounts(accounts, DEFAULT_BASE, CHEAP_HASHING),
  stateDir: `${directory}/broker`,
  connections: ROOM_FOR_ALL,
});

function watchUse(): () => HubUse {
  const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  delay.enable();
  let before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const { rss, heapUsed } = process.memoryUsage();
    const found = {
      cpuMs: (user + system) / 1000,
      delayMs: {
        p50: beyondLook(delay.percentile(50)),
        p99: beyondLook(delay.percentile(99)),
        max: beyondLook(delay.max),
      },
      ...{ rssMiB: rss / MIB, heapMiB: heapUsed / MIB },
    };
    delay.reset();
    before = process.cpuUsage();
    return found;
  };
}

if (process.send) process.once("message", (request) => void serve(request as HubRequest));

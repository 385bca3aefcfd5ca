import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { clientIdFor } from "../../../src/bus/index.ts";
import {
  CHANNEL,
  type DemoHome,
  FLEET,
  NUC,
  readPassword,
} from "../../../src/cli/demo/demo-home.ts";
import { DEFAULT_BASE, formatPublicKey } from "../../../src/contract/index.ts";
import { type FilledFlow, type FlowNode, fillFlow, parseFlow } from "../../../src/hub/index.ts";

const HOMELAB = fileURLToPath(new URL("../../../flows/homelab.json", import.meta.url));
export const BEDROOM = "tele/bedroom/SENSOR";
export const WALL_SWITCH = "stat/wall/POWER";

/** Fields to change, by the id of the node. */
export type FlowChanges = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const GROUP = { parallel: 1, approval: "none", reboot: "ask" };
const bedroom = (is: string, limit: string) => ({
  ...{ name: "bedroom", topic: BEDROOM, format: "tasmota", path: "AM2301.Temperature" },
  ...{ is, limit, limitType: "num", interval: "1s", noDataLimit: "30s" },
});

/** A real soak takes minutes, a real sensor reports every five. */
const AT_TEST_PACE: FlowChanges = {
  "homelab-rollout": {
    ...{ settle: "0s", soak: "0s", grace: "20s", lease: "2m", stageTimeout: "60s" },
    groups: ["rp4", "nuc"].map((host) => ({ name: host, hosts: host, ...GROUP })),
  },
  "homelab-before": { rows: [bedroom("live", "")] },
  "homelab-after": {
    ...{ rows: [bedroom("above", "18")], soak: "2s", initialDelay: "500ms", timeout: "60s" },
    consecutiveSuccess: "1",
  },
  "homelab-wall": { topic: WALL_SWITCH, d: false },
  "homelab-wall-hold": { d: false },
  "homelab-problems": { console: true },
};

/** flows/homelab.json for two hosts and at test pace. */
export async function houseFlow(changes: FlowChanges): Promise<string> {
  const nodes = parseFlow(await readFile(HOMELAB, "utf8")).map(
    (node): FlowNode => ({ ...node, ...AT_TEST_PACE[node.id], ...changes[node.id] }),
  );
  return JSON.stringify(nodes);
}

export async function fillHouseFlow(
  home: DemoHome,
  brokerPort: number,
  changes: FlowChanges,
): Promise<FilledFlow> {
  return fillFlow(await houseFlow(changes), {
    fleet: {
      ...{ name: "house", fleet: FLEET, channel: CHANNEL, base: DEFAULT_BASE, threshold: "1" },
      hosts: home.hosts.map(({ host }) => ({
        ...{ host, optional: false },
        carries: host === NUC ? ["broker", "hub"] : [],
      })),
      releaseKeys: formatPublicKey(home.signingKey.publicKey),
      stateFolder: `${home.directory}/journal`,
    },
    fleetSecrets: { hubKey: await readPassword(home.hubKeyFile) },
    broker: {
      ...{ name: "house", broker: "127.0.0.1", port: String(brokerPort) },
      clientid: clientIdFor("hub", "nodes"),
    },
    brokerSecrets: { user: "hub", password: await readPassword(home.passwordFile("hub")) },
  });
}

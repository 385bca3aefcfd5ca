import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { clientIdFor } from "../../bus/index.ts";
import {
  DEFAULT_BASE,
  ERRORS,
  type ErrorCode,
  formatPublicKey,
  NixwaveError,
} from "../../contract/index.ts";
import { type FilledFlow, fillFlow, type NodeRedLine } from "../../hub/index.ts";
import { PLACES } from "../places.ts";
import { demoFlow } from "./demo-flow.ts";
import { CHANNEL, type DemoHome, FLEET, NUC, readPassword, X1 } from "./demo-home.ts";
import type { Environment } from "./host-nix.ts";
import type { HubOrder, HubWord } from "./hub-process.ts";

/** The demo's hub: broker and Node-RED in a process that can be killed and comes back on the same ports. */
export interface DemoHub {
  /** SIGKILL, and a new one in its place. */
  killAndRestart(): Promise<void>;
  close(): Promise<void>;
}

/** Chosen before anything is started, so that a person hears at once where the editor will be. */
export interface HubPorts {
  readonly broker: number;
  readonly editor: number;
}

/** @param editor 0: any free one */
export const chooseHubPorts = async (editor: number): Promise<HubPorts> => ({
  broker: await freePort(),
  editor: editor === 0 ? await freePort() : editor,
});

export async function openDemoHub(
  home: DemoHome,
  ports: HubPorts,
  environment: Environment,
  onLine: (line: NodeRedLine) => void,
): Promise<DemoHub> {
  const file = join(home.directory, "hub.json");
  const order: HubOrder = {
    ...{ accounts: home.accounts, brokerPort: ports.broker, editorPort: ports.editor },
    brokerState: join(home.directory, "broker"),
    userDirectory: join(home.directory, "node-red"),
    flowFile: join(home.directory, "node-red", "flows.json"),
    nodesDirectory: PLACES.nodes,
    credentialSecret: home.hubKey.publicKey.material,
    filled: await filledFlow(home, ports.broker),
  };
  await writeFile(file, JSON.stringify(order), { mode: 0o600 });
  let running = await start(file, environment, onLine);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return;
    running.kill(signal);
    await once(running, "exit");
  };
  return {
    async killAndRestart() {
      await end("SIGKILL");
      running = await start(file, environment, onLine);
    },
    close: () => end("SIGTERM"),
  };
}

async function start(
  file: string,
  environment: Environment,
  onLine: (line: NodeRedLine) => void,
): Promise<ChildProcess> {
  const child: ChildProcess = spawn(process.execPath, [PLACES.demoHub, file], {
    env: environment,
    stdio: ["ignore", "pipe", "ignore", "ipc"], // it ends when this process does
  });
  const output = child.stdout;
  if (!output) throw new NixwaveError("internal-error", "the hub has no output");
  const { promise, resolve, reject } = Promise.withResolvers<ChildProcess>();
  let failure: NixwaveError | null = null;
  createInterface({ input: output }).on("line", (line) => {
    const word = JSON.parse(line) as HubWord;
    if (word.kind === "line") onLine(word.line);
    if (word.kind === "open") resolve(child);
    if (word.kind === "failed") {
      const code = Object.hasOwn(ERRORS, word.code) ? word.code : "internal-error";
      failure = new NixwaveError(code as ErrorCode, word.message);
    }
  });
  // Told once it is gone and all it said was read: until then it writes below the folder that is removed next.
  child.once("close", (status) => {
    reject(failure ?? new NixwaveError("demo-host-ended", `the hub ended with status ${status}`));
  });
  return await promise;
}

async function filledFlow(home: DemoHome, brokerPort: number): Promise<FilledFlow> {
  return fillFlow(demoFlow(await readFile(PLACES.flow("homelab"), "utf8")), {
    fleet: {
      ...{ name: "demo", fleet: FLEET, channel: CHANNEL, base: DEFAULT_BASE, threshold: "1" },
      hosts: home.hosts.map(({ host }) => ({
        host,
        carries: host === NUC ? ["broker", "hub"] : [],
        optional: host === X1,
      })),
      releaseKeys: formatPublicKey(home.signingKey.publicKey),
      stateFolder: join(home.directory, "journal"),
    },
    fleetSecrets: { hubKey: await readPassword(home.hubKeyFile) },
    broker: {
      ...{ name: "demo", broker: "127.0.0.1", port: String(brokerPort) },
      clientid: clientIdFor("hub", "nodes"),
    },
    brokerSecrets: { user: "hub", password: await readPassword(home.passwordFile("hub")) },
  });
}

/**
 * Below the ports that Linux hands out by itself (ip_local_port_range): between choosing and binding, and while a
 * killed hub comes back, any outgoing connection of this machine could take one of those.
 */
const PORTS = { from: 10_240, below: 32_768 };

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.below);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).once("listening", () => resolve(true));
      server.listen(port, "127.0.0.1");
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

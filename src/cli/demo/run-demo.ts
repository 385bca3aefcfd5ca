import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeAccounts } from "../../broker/index.ts";
import {
  DEFAULT_BASE,
  type DurationMs,
  formatPublicKey,
  NixwaveError,
} from "../../contract/index.ts";
import { fillFlow, type Hub, type NodeRedLine, openHub } from "../../hub/index.ts";
import { serveCache } from "./cache-server.ts";
import { CHANNEL, type DemoHome, FLEET, makeDemoHome, type Tampering } from "./demo-home.ts";
import { startAgent } from "./host-agent.ts";
import { type Environment, findNix, installFirstVersion } from "./host-nix.ts";
import { publishRelease } from "./publish-release.ts";
import { removeTree } from "./remove-tree.ts";
import { type Tell, watchHome } from "./watch-home.ts";

const FLOW = fileURLToPath(new URL("../../../flows/minimal.json", import.meta.url));
const NODES = fileURLToPath(new URL("../../../node-red-nodes", import.meta.url));

export interface DemoOptions {
  readonly tampering: Tampering;
  readonly editorPort: number;
  readonly limit: DurationMs;
  /** What the demo's programs may know of ours. */
  readonly environment: Environment;
  readonly tell: Tell;
  /** Resolves when a person wants it to end. */
  readonly stopped: Promise<unknown>;
  /** Called when the release is deployed; the home stays up until it resolves. */
  readonly afterwards: (home: DemoPlaces) => Promise<void>;
}

export interface DemoPlaces {
  readonly home: DemoHome;
  readonly brokerUrl: string;
  readonly editorUrl: string;
}

/**
 * A whole home for as long as it takes: two hosts run version 1, CI publishes version 2, and the hosts
 * take it one after another. Everything is closed and removed at the end, however it ends.
 * @throws NixwaveError nix-missing | demo-not-deployed | demo-too-slow | demo-host-ended and others
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  await using end = new AsyncDisposableStack();
  const { tell } = options;
  const home = await makeDemoHome(options.tampering);
  end.defer(() => removeTree(home.directory));
  const environment = environmentIn(home, options.environment);
  await introduce(home, environment, tell);
  const cache = await serveCache(home.cache.directory);
  end.defer(() => cache.close());
  tell("demo", `signed binary cache at ${cache.url}`);
  await Promise.all(
    home.hosts.map((plan) =>
      installFirstVersion(plan, cache.url, home.cacheKey.publicKey, environment),
    ),
  );
  tell("demo", "version 1 is installed and runs on both hosts");
  await tamper(home, options);
  const hub = await openDemoHub(home, options);
  end.defer(() => hub.close());
  const { brokerUrl, editorUrl } = hub;
  tell("hub", `broker at ${brokerUrl}, Node-RED's editor at ${editorUrl}`);
  await deploy(home, { brokerUrl, cacheUrl: cache.url }, { ...options, environment }, end);
  await options.afterwards({ home, brokerUrl, editorUrl });
}

async function introduce(
  { directory, hosts }: DemoHome,
  environment: Environment,
  tell: Tell,
): Promise<void> {
  tell("demo", `Nix ${await findNix(environment)} found; made a home in ${directory}`);
  const both = hosts.map(({ host, system }) => `${host} (${system})`).join(" and ");
  tell("demo", `its hosts: ${both}, each with a Nix store of its own`);
  tell("demo", "made for this demo; Nix pulls, verifies and activates their systems for real");
  tell(
    "demo",
    "SIMULATED, development hosts: a folder stands for each machine, activator, switch and",
  );
  tell("demo", "deadman are plain processes of this machine, and nothing can be rebooted");
}

/** Nix keeps its own files below the demo's folder: the machine's /nix/var and ~/.cache stay as they are. */
const environmentIn = ({ directory }: DemoHome, environment: Environment): Environment => ({
  ...environment,
  HOME: directory,
  XDG_CACHE_HOME: join(directory, "nix-cache"),
  NIX_STATE_DIR: join(directory, "nix-var"),
  NIX_LOG_DIR: join(directory, "nix-var/log"),
  NODE_COMPILE_CACHE: join(directory, "compile-cache"), // activators come and go many times
});

/** Starts the hosts' agents, publishes, and waits until the hosts have spoken. */
async function deploy(
  home: DemoHome,
  places: { readonly brokerUrl: string; readonly cacheUrl: string },
  { environment, limit, stopped, tell }: DemoOptions,
  end: AsyncDisposableStack,
): Promise<void> {
  const watch = await watchHome(places.brokerUrl, home.passwordFile("demo"), home.hosts, tell);
  end.defer(() => watch.close());
  const agents = await Promise.all(
    home.hosts.map((plan) => startAgent(home, plan, places, environment)),
  );
  for (const agent of agents) end.defer(() => agent.stop());
  const tooSlow = afterLimit(AbortSignal.timeout(limit), () => watch.missing());
  const orFails = [...agents.map(({ ended }) => ended), tooSlow, interrupted(stopped)];
  await Promise.race([watch.everybodyIsHere, ...orFails]);
  tell("ci", "publishes version 2");
  const published = publishRelease(home, places, environment, (line) => tell("ci", `  ${line}`));
  await Promise.race([published, ...orFails]);
  await Promise.race([watch.deployed, ...orFails]);
}

async function tamper(home: DemoHome, { tampering, tell }: DemoOptions): Promise<void> {
  const [first] = home.hosts;
  if (tampering === "closure" && first) {
    await home.cache.corrupt(first.after);
    tell("demo", `on purpose: one bit of ${first.after} is flipped in the cache`);
  }
  if (tampering === "key") {
    tell(
      "demo",
      "on purpose: the release is signed with a key that the hub trusts and no host does",
    );
  }
}

async function openDemoHub(home: DemoHome, options: DemoOptions): Promise<Hub> {
  const flow = await readFile(FLOW, "utf8");
  const userDirectory = join(home.directory, "node-red");
  return await openHub({
    broker: {
      listeners: [{ kind: "tcp", port: 0 }],
      accounts: await makeAccounts(home.accounts, DEFAULT_BASE),
      stateDir: join(home.directory, "broker"),
    },
    editor: {
      userDirectory,
      flowFile: join(userDirectory, "flows.json"),
      nodesDirectory: NODES,
      port: options.editorPort,
      credentialSecret: home.hubKey.publicKey.material,
      log: (line) => tellNodeRed(line, options.tell),
    },
    firstFlow: (brokerUrl) =>
      fillFlow(flow, {
        fleet: {
          ...{ name: "demo", fleet: FLEET, channel: CHANNEL, broker: brokerUrl, user: "hub" },
          hosts: home.hosts.map(({ host }) => host).join("\n"),
          releaseKeys: formatPublicKey(home.signingKey.publicKey),
          hubKeyFile: home.hubKeyFile,
          passwordFile: home.passwordFile("hub"),
        },
        broker: {},
      }),
  });
}

/** Node-RED's own chatter is left out; what goes wrong is not. */
function tellNodeRed({ level, node, text }: NodeRedLine, tell: Tell): void {
  const isWorthSaying = level === "error" || (level === "warn" && node !== null);
  if (isWorthSaying) tell("node-red", `${level}: ${node ? `[${node}] ` : ""}${text}`);
}

async function interrupted(stopped: Promise<unknown>): Promise<never> {
  await stopped;
  throw new NixwaveError("demo-not-deployed", "it was stopped before the hosts had reported");
}

function afterLimit(limit: AbortSignal, missing: () => string): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  limit.addEventListener("abort", () => {
    reject(new NixwaveError("demo-too-slow", missing()));
  });
  promise.catch(() => undefined); // raced by the caller while it waits
  return promise;
}

import { join } from "node:path";
import {
  type DurationMs,
  type HostName,
  NixwaveError,
  type StorePath,
} from "../../contract/index.ts";
import type { NodeRedLine } from "../../hub/index.ts";
import { serveCache } from "./cache-server.ts";
import { type DemoHome, makeDemoHome, type Tampering, X1 } from "./demo-home.ts";
import { type DemoHub, openDemoHub } from "./demo-hub.ts";
import { type HomeWatch, watchHome } from "./home-sight.ts";
import { startAgent } from "./host-agent.ts";
import { type Environment, findNix, installSystem } from "./host-nix.ts";
import { type House, openHouse } from "./house.ts";
import { type DemoRelease, makeRelease } from "./make-release.ts";
import { publishRelease } from "./publish-release.ts";
import { removeTree } from "./remove-tree.ts";
import type { Stage } from "./story.ts";

export type Tell = (who: string, what: string) => void;

export interface DemoOptions {
  readonly tampering: Tampering;
  readonly editorPort: number;
  /** What the demo's programs may know of ours. */
  readonly environment: Environment;
  readonly tell: Tell;
}

/** A home that is up, and everything a person can do in it. */
export interface LiveDemo extends Stage {
  readonly home: DemoHome;
  readonly hub: DemoHub;
  readonly watch: HomeWatch;
  readonly house: House;
  readonly releases: readonly DemoRelease[];
  /** Rejects when a part of it ends by itself. */
  readonly failed: Promise<never>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A whole home: hub, cache, sensors and four hosts, of which x1 is away; all run release 0.
 * Everything is closed and removed at its disposal.
 * @throws NixwaveError nix-missing | nix-failed and others; nothing is left then
 */
export async function openDemo(options: DemoOptions): Promise<LiveDemo> {
  const end = new AsyncDisposableStack();
  try {
    const parts = await openParts(options, end);
    const awake = parts.home.hosts.map(({ host }) => host).filter((host) => host !== X1);
    const agents = agentsOf(parts, end);
    await Promise.all(awake.map((host) => agents.start(host)));
    const areHere = parts.watch.until(({ online }) => awake.every((one) => online.has(one)));
    await Promise.race([areHere, agents.failed]);
    return liveDemo(parts, agents, options, end);
  } catch (error) {
    await end.disposeAsync();
    throw error;
  }
}

interface Parts {
  readonly home: DemoHome;
  readonly hub: DemoHub;
  readonly watch: HomeWatch;
  readonly house: House;
  readonly releases: DemoRelease[];
  readonly places: { readonly brokerUrl: string; readonly cacheUrl: string };
  readonly environment: Environment;
}

async function openParts(options: DemoOptions, end: AsyncDisposableStack): Promise<Parts> {
  const { tell } = options;
  const home = await makeDemoHome(options.tampering);
  end.defer(() => removeTree(home.directory));
  const environment = environmentIn(home, options.environment);
  await introduce(home, environment, tell);
  const opening = openDemoHub(home, options.editorPort, environment, (line) =>
    tellNodeRed(line, tell),
  );
  end.defer(async () => await (await opening.catch(() => null))?.close());
  const cache = await serveCache(home.cache.directory);
  end.defer(() => cache.close());
  tell("demo", `signed binary cache at ${cache.url}`);
  const first = await makeRelease(home, 0, "works", "0: as installed");
  await install(home, first, cache.url, environment);
  tell("demo", "release 0 is installed and runs on all four hosts");
  const hub = await opening;
  tell("hub", `broker at ${hub.brokerUrl}, Node-RED's editor at ${hub.editorUrl}`);
  const watch = await watchHome(hub.brokerUrl, home.passwordFile("demo"));
  end.defer(() => watch.close());
  const house = await openHouse(home, hub.brokerUrl);
  end.defer(() => house.close());
  const places = { brokerUrl: hub.brokerUrl, cacheUrl: cache.url };
  return { home, hub, watch, house, releases: [first], places, environment };
}

async function install(
  home: DemoHome,
  { paths }: DemoRelease,
  cacheUrl: string,
  environment: Environment,
): Promise<void> {
  const key = home.cacheKey.publicKey;
  await Promise.all(
    home.hosts.map((plan) =>
      installSystem(plan, paths.get(plan.host) as StorePath, cacheUrl, key, environment),
    ),
  );
}

/** The hosts' agents; `failed` rejects when one ends by itself. */
function agentsOf({ home, places, environment }: Parts, end: AsyncDisposableStack) {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined); // raced by the caller
  const running = new Set<HostName>();
  const start = async (host: HostName): Promise<void> => {
    const plan = home.hosts.find((one) => one.host === host);
    if (!plan || running.has(host)) return;
    running.add(host);
    const agent = await startAgent(home, plan, places, environment);
    end.defer(() => agent.stop());
    agent.ended.catch(reject);
  };
  return { failed, start };
}

function liveDemo(
  parts: Parts,
  agents: ReturnType<typeof agentsOf>,
  options: DemoOptions,
  end: AsyncDisposableStack,
): LiveDemo {
  const { home, hub, watch, house, releases, places, environment } = parts;
  const { tell } = options;
  return {
    ...{ home, hub, watch, house, releases, failed: agents.failed },
    say: (what) => tell("demo", what),
    async publish(heating, title) {
      const release = await makeRelease(home, releases.length, heating, title);
      releases.push(release);
      if (releases.length === 2) await tamper(home, release, options);
      tell("ci", `publishes release ${title}`);
      await publishRelease(home, release, places, environment, (line) => tell("ci", `  ${line}`));
      return release;
    },
    openLaptop: () => agents.start(X1),
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}

async function introduce(
  { directory, hosts }: DemoHome,
  environment: Environment,
  tell: Tell,
): Promise<void> {
  tell("demo", `Nix ${await findNix(environment)} found; made a home in ${directory}`);
  const all = hosts.map(({ host, system }) => `${host} (${system})`).join(", ");
  tell("demo", `its hosts: ${all}, each with a Nix store of its own`);
  tell("demo", "made for this demo; Nix pulls, verifies and activates their systems for real");
  tell(
    "demo",
    "SIMULATED, development hosts: a folder stands for each machine, activator, switch and",
  );
  tell("demo", "deadman are plain processes of this machine, and nothing can be rebooted");
  tell("demo", "SIMULATED: bedroom, its sensor and the wall switch; rp4's heating is made up");
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

async function tamper(
  home: DemoHome,
  release: DemoRelease,
  { tampering, tell }: DemoOptions,
): Promise<void> {
  const [first] = home.hosts;
  const path = first && release.paths.get(first.host);
  if (tampering === "closure" && path) {
    await home.cache.corrupt(path);
    tell("demo", `on purpose: one bit of ${path} is flipped in the cache`);
  }
  if (tampering === "key") {
    tell(
      "demo",
      "on purpose: the release is signed with a key that the hub trusts and no host does",
    );
  }
}

/** Node-RED's own chatter is left out; what goes wrong is not. */
function tellNodeRed({ level, node, text }: NodeRedLine, tell: Tell): void {
  const isWorthSaying = level === "error" || (level === "warn" && node !== null);
  if (isWorthSaying) tell("node-red", `${level}: ${node ? `[${node}] ` : ""}${text}`);
}

/** Rejects when the time is over. */
export function afterLimit(limit: DurationMs, missing: () => string): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  AbortSignal.timeout(limit).addEventListener("abort", () => {
    reject(new NixwaveError("demo-too-slow", missing()));
  });
  promise.catch(() => undefined); // raced by the caller while it waits
  return promise;
}

import { setTimeout } from "node:timers/promises";
import {
  type DurationMs,
  type HostName,
  NixwaveError,
  type StorePath,
} from "../../contract/index.ts";
import type { NodeRedLine } from "../../hub/index.ts";
import { serveCache } from "./cache-server.ts";
import { environmentIn } from "./demo-environment.ts";
import { type DemoHome, makeDemoHome, type Tampering, X1 } from "./demo-home.ts";
import { chooseHubPorts, type DemoHub, openDemoHub } from "./demo-hub.ts";
import type { Ground, Places } from "./ground.ts";
import { type HomeWatch, watchHome } from "./home-sight.ts";
import type { Environment } from "./host-nix.ts";
import { type House, openHouse } from "./house.ts";
import { introduce, sayPlaces } from "./introduce.ts";
import { type DemoRelease, makeRelease } from "./make-release.ts";
import { realGround } from "./real-ground.ts";
import { removeTree } from "./remove-tree.ts";
import { simulatedGround } from "./simulated-ground.ts";
import type { Stage } from "./story.ts";
import type { Tell } from "./tell.ts";

export interface DemoOptions {
  readonly tampering: Tampering;
  readonly editorPort: number;
  /** Nix's version; null: there is none, and a person said that the hosts shall be simulated. */
  readonly nix: string | null;
  /** What the demo's programs may know of ours. */
  readonly environment: Environment;
  readonly tell: Tell;
}

/** A home that is up, and everything a person can do in it. */
export interface LiveDemo extends Stage {
  readonly home: DemoHome;
  readonly hub: DemoHub;
  readonly ground: Ground;
  readonly places: Places;
  readonly watch: HomeWatch;
  readonly house: House;
  readonly releases: readonly DemoRelease[];
  /** The number of the release with this path; null: none of the demo's. */
  readonly releaseOf: (storePath: string) => number | null;
  /** Rejects when a part of it ends by itself. */
  readonly failed: Promise<never>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A whole home: hub, cache, sensors and four hosts, of which x1 is away; all run release 0.
 * Everything is closed and removed at its disposal.
 * @throws NixwaveError nix-failed and others; nothing is left then
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
    await end.disposeAsync().catch((after: unknown) => {
      throw new SuppressedError(after, error, "what failed first is what counts");
    });
    throw error;
  }
}

type Parts = Pick<LiveDemo, "home" | "hub" | "ground" | "places" | "watch" | "house"> & {
  readonly releases: DemoRelease[];
};

async function openParts(options: DemoOptions, end: AsyncDisposableStack): Promise<Parts> {
  const { tell } = options;
  const home = await makeDemoHome(options.tampering);
  end.defer(() => removeTree(home.directory));
  const environment = environmentIn(home, options.environment);
  const ports = await chooseHubPorts(options.editorPort);
  const cache = await serveCache(home.cache.directory);
  end.defer(() => cache.close());
  const places: Places = {
    brokerUrl: `mqtt://127.0.0.1:${ports.broker}`,
    editorUrl: `http://127.0.0.1:${ports.editor}`,
    cacheUrl: cache.url,
  };
  introduce(home, options.nix, tell);
  const opening = openDemoHub(home, ports, environment, (line) => tellNodeRed(line, tell));
  end.defer(async () => await (await opening.catch(() => null))?.close());
  const first = await makeRelease(home, 0, "works", "0: as installed");
  sayPlaces(home, places, tell);
  const ground = (options.nix === null ? simulatedGround : realGround)(home, places, environment);
  await Promise.all(
    home.hosts.map((plan) => ground.install(plan, first.paths.get(plan.host) as StorePath)),
  );
  const marked = ground.isSimulated ? "SIMULATED: " : "";
  tell("demo", `${marked}release 0 is installed and runs on all four hosts`);
  const hub = await opening;
  tell("hub", `broker and Node-RED are up; MQTT at ${places.brokerUrl}`);
  const watch = await watchHome(places.brokerUrl, home.passwordFile("demo"));
  end.defer(() => watch.close());
  const house = await openHouse(home, places.brokerUrl, () => ground.isHeating());
  end.defer(() => house.close());
  return { home, hub, ground, places, watch, house, releases: [first] };
}

/** The hosts' agents; `failed` rejects when one ends by itself. */
function agentsOf({ home, ground }: Parts, end: AsyncDisposableStack) {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined); // raced by the caller
  const running = new Set<HostName>();
  const start = async (host: HostName): Promise<void> => {
    const plan = home.hosts.find((one) => one.host === host);
    if (!plan || running.has(host)) return;
    running.add(host);
    const agent = await ground.start(plan);
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
  const { home, ground, releases } = parts;
  const { tell } = options;
  const publish: LiveDemo["publish"] = async (heating, title) => {
    const release = await makeRelease(home, releases.length, heating, title);
    releases.push(release);
    if (releases.length === 2) await tamper(home, release, options);
    tell("ci", `publishes release ${title}`);
    await ground.publish(release, (line) => tell("ci", `  ${line}`));
    return release;
  };
  let publishing: Promise<unknown> = Promise.resolve();
  end.defer(async () => void (await publishing)); // it would write into a folder that is being removed
  return {
    ...{ ...parts, failed: agents.failed },
    releaseOf: (path) =>
      releases.find(({ paths }) => [...paths.values()].some((one) => one === path))?.number ?? null,
    say: (what) => tell("demo", what),
    publish(heating, title) {
      const published = publish(heating, title);
      publishing = Promise.allSettled([publishing, published]);
      return published;
    },
    openLaptop: () => agents.start(X1),
    linger: (ms) => setTimeout(ms),
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}

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

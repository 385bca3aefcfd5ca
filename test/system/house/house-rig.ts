import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import {
  type DemoHome,
  makeDemoHome,
  NUC,
  RP4,
  readPassword,
} from "../../../src/cli/demo/demo-home.ts";
import type { Heating } from "../../../src/cli/demo/demo-system.ts";
import { type HomeSight, type HomeWatch, watchHome } from "../../../src/cli/demo/home-sight.ts";
import { type Environment, installSystem } from "../../../src/cli/demo/host-nix.ts";
import { removeTree } from "../../../src/cli/demo/remove-tree.ts";
import { DEFAULT_BASE, type HostName, type Reported } from "../../../src/contract/index.ts";
import { type HeldCache, openHeldCache } from "./held-cache.ts";
import { type HouseBroker, openHouseBroker } from "./house-broker.ts";
import type { FlowChanges } from "./house-flow.ts";
import { BEDROOM, WALL_SWITCH } from "./house-flow.ts";
import { bundlePrograms, type HouseHost, houseHost } from "./house-host.ts";
import { type HouseHub, openHouseHub } from "./house-hub.ts";
import { type HouseRelease, makeRelease } from "./house-systems.ts";
import { publishRelease } from "./publish-release.ts";

/** Nothing here takes so long: what is not seen by then does not come. */
const LOST_MS = 45_000;
const SENSOR_EVERY_MS = 400;

/** A home of two hosts on real parts; each rollout that a file tells goes on in the same home. */
export interface House {
  readonly home: DemoHome;
  readonly broker: HouseBroker;
  readonly hub: HouseHub;
  readonly cache: HeldCache;
  readonly rp4: HouseHost;
  readonly nuc: HouseHost;
  readonly watch: HomeWatch;
  /** Every report that was heard, in order. */
  readonly reports: readonly Reported[];
  /** Resolves when it is seen; rejects with what is seen instead. */
  until(what: string, isSo: (sight: HomeSight) => boolean): Promise<void>;
  /** Builds the next release and publishes it as CI does. */
  publish(heating: Heating): Promise<HouseRelease>;
  /** Builds a release that nobody publishes. */
  build(heating: Heating): Promise<HouseRelease>;
  /** What mosquitto_pub says without a name: a sensor, a switch. */
  say(topic: string, payload: string): Promise<void>;
  press(word: "ON" | "OFF"): Promise<void>;
  /** The bedroom's sensor speaks, or falls silent. */
  listenToBedroom(isSpeaking: boolean): void;
  /** A person's request over MQTT. */
  request(action: string, more?: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

/** @param nodeOptions of the hub's process */
export async function openHouse(
  changes: FlowChanges = {},
  nodeOptions: readonly string[] = [],
): Promise<House> {
  const end = new AsyncDisposableStack();
  try {
    return await openParts(changes, nodeOptions, end);
  } catch (error) {
    await end.disposeAsync();
    throw error;
  }
}

async function openParts(
  changes: FlowChanges,
  nodeOptions: readonly string[],
  end: AsyncDisposableStack,
): Promise<House> {
  const made = await makeDemoHome("none");
  end.defer(() => removeTree(made.directory));
  const home = { ...made, hosts: made.hosts.filter(({ host }) => host === RP4 || host === NUC) };
  const environment = environmentIn(home.directory);
  const programs = join(home.directory, "programs");
  const [broker, cache] = await Promise.all([
    openBroker(home),
    openHeldCache(home.cache.directory),
    bundlePrograms(programs),
  ]);
  end.defer(() => broker.stop());
  end.defer(() => cache.close());
  const installed = await makeRelease(home, 0, "works");
  const key = home.cacheKey.publicKey;
  for (const plan of home.hosts) {
    const path = installed.paths.get(plan.host);
    if (path) await installSystem(plan, path, cache.url, key, environment);
  }
  const watch = await watchHome(broker.url, home.passwordFile("demo"));
  end.defer(() => watch.close());
  const hub = await openHouseHub(home, broker, environment, changes, nodeOptions);
  end.defer(() => hub.close());
  const places = { brokerUrl: broker.url, cacheUrl: cache.url, programs };
  const [rp4, nuc] = await Promise.all(
    [RP4, NUC].map(async (host) => {
      const plan = home.hosts.find((one) => one.host === host);
      if (!plan) throw new Error(`${host} is not in the home`);
      const one = houseHost(home, plan, places, environment);
      await one.startAgent();
      end.defer(() => one.stopAgent());
      return one;
    }),
  );
  if (!rp4 || !nuc) throw new Error("no hosts");
  const house = livingHouse({ home, broker, hub, cache, rp4, nuc, watch }, environment, end);
  await house.until("both hosts are there", ({ online }) => online.has(RP4) && online.has(NUC));
  return house;
}

type Parts = Pick<House, "home" | "broker" | "hub" | "cache" | "rp4" | "nuc" | "watch">;

function livingHouse(parts: Parts, environment: Environment, end: AsyncDisposableStack): House {
  const { home, broker, watch, rp4 } = parts;
  const bedroom = speakingBedroom(rp4, broker);
  end.defer(bedroom.close);
  let built = 0;
  const build = (heating: Heating): Promise<HouseRelease> => {
    built += 1;
    return makeRelease(home, built, heating);
  };
  return {
    ...parts,
    reports: collectReports(watch),
    until: (what, isSo) => seenInTime(parts, what, isSo),
    build,
    async publish(heating) {
      const release = await build(heating);
      const places = { brokerUrl: broker.url, cacheUrl: parts.cache.ciUrl };
      await publishRelease(home, release, places, environment);
      return release;
    },
    say: (topic, payload) => publishOpen(broker, topic, payload),
    // Retained, as Tasmota does with PowerRetain: what is pressed while the hub is away is not lost.
    press: (word) => publishOpen(broker, WALL_SWITCH, word, ["-r"]),
    listenToBedroom: bedroom.speak,
    request: (action, more = {}) => request(home, broker, { action, ...more }),
    close: () => end.disposeAsync(),
  };
}

async function openBroker(home: DemoHome): Promise<HouseBroker> {
  const folder = join(home.directory, "mosquitto");
  await mkdir(folder);
  const hosts = home.hosts.map(({ host }) => host);
  const passwords = new Map<string, string>();
  for (const user of ["hub", "ci", "demo", ...hosts]) {
    passwords.set(user, await readPassword(home.passwordFile(user)));
  }
  return await openHouseBroker(folder, hosts, passwords);
}

/** Nix keeps its own files below the home's folder. */
const environmentIn = (directory: string): Environment => ({
  PATH: process.env["PATH"] ?? "",
  HOME: directory,
  XDG_CACHE_HOME: join(directory, "nix-cache"),
  NIX_STATE_DIR: join(directory, "nix-var"),
  NIX_LOG_DIR: join(directory, "nix-var/log"),
  NODE_COMPILE_CACHE: join(directory, "compile-cache"),
});

const pub = (args: readonly string[]) => promisify(execFile)("mosquitto_pub", [...args]);

async function publishOpen(
  broker: HouseBroker,
  topic: string,
  payload: string,
  more: readonly string[] = [],
): Promise<void> {
  const to = ["-h", "127.0.0.1", "-p", String(broker.openPort)];
  await pub([...to, "-t", topic, "-m", payload, ...more]);
}

let asked = 0;

async function request(home: DemoHome, broker: HouseBroker, wish: object): Promise<void> {
  asked += 1;
  const password = await readPassword(home.passwordFile("demo"));
  await pub([
    ...["-h", "127.0.0.1", "-p", String(broker.port), "-u", "demo", "-P", password, "-q", "1"],
    ...["-t", `${DEFAULT_BASE}/control/demo/request`],
    ...["-m", JSON.stringify({ id: `wish-${asked}`, ...wish })],
  ]);
}

/** Warm while rp4's system heats, cold at once when it does not. */
function speakingBedroom(rp4: HouseHost, broker: HouseBroker) {
  let isSpeaking = true;
  let isWarm = true;
  const timer = setInterval(async () => {
    isWarm = (await rp4.isHeating()) ?? isWarm;
    const Temperature = isWarm ? 20.4 : 14;
    const payload = JSON.stringify({ AM2301: { Temperature, Humidity: 44.4 }, TempUnit: "C" });
    if (isSpeaking) await publishOpen(broker, BEDROOM, payload).catch(() => undefined); // broker restart
  }, SENSOR_EVERY_MS);
  return {
    speak: (wanted: boolean): void => {
      isSpeaking = wanted;
    },
    close: (): void => clearInterval(timer),
  };
}

function collectReports({ onChange }: HomeWatch): readonly Reported[] {
  const reports: Reported[] = [];
  const last = new Map<HostName, Reported>();
  onChange((sight) => {
    for (const [host, report] of sight.reports) {
      if (last.get(host) !== report) reports.push(report);
      last.set(host, report);
    }
  });
  return reports;
}

/** Rejects with what is seen, and what hosts and hub said, when it does not come. */
async function seenInTime(
  { watch, rp4, nuc, hub }: Parts,
  what: string,
  isSo: (sight: HomeSight) => boolean,
): Promise<void> {
  const lost = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const said = [rp4, nuc].flatMap(({ lines }) => ["", ...lines.slice(-25)]).join("\n");
    const logged = hub.lines.slice(-15).map(({ node, text }) => `${node ?? ""} ${text}`);
    const { status, reports } = watch.sight;
    const seen = JSON.stringify({ status, reports: [...reports.values()] }, null, 1);
    lost.reject(new Error(`not seen: ${what}\n${seen}\n${said}\n\n${logged.join("\n")}`));
  }, LOST_MS);
  try {
    await Promise.race([watch.until(isSo), lost.promise]);
  } finally {
    clearTimeout(timer);
  }
}

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import {
  type DemoHome,
  makeDemoHome,
  NUC,
  RP3,
  RP4,
  readPassword,
} from "../../../src/cli/demo/demo-home.ts";
import { type Environment, installSystem } from "../../../src/cli/demo/host-nix.ts";
import { removeTree } from "../../../src/cli/demo/remove-tree.ts";
import type { HostName } from "../../../src/contract/index.ts";
import { freePort } from "../../support/brokers.ts";
import { openHeldCache } from "../house/held-cache.ts";
import { writeRules } from "../house/house-broker.ts";
import { bundlePrograms } from "../house/house-host.ts";
import { makeRelease } from "../house/house-systems.ts";

export const HOSTS: readonly HostName[] = [RP4, RP3, NUC];
/** The host's own look at what it runs. */
const WARM = `grep -q works "$1$(readlink "$1$(readlink "$1/run/current-system")/etc")/heating.conf"\n`;

/** What stays the same while the home moves. */
export interface Ground {
  readonly home: DemoHome;
  readonly environment: Environment;
  readonly cache: Awaited<ReturnType<typeof openHeldCache>>;
  readonly programs: string;
  /** Of mosquitto: the devices' listener asks nobody's name and forbids nothing, or follows the rules. */
  readonly brokerOpen: string;
  readonly brokerClosed: string;
  readonly ports: { readonly users: number; readonly open: number };
}

export async function openGround(end: AsyncDisposableStack): Promise<Ground> {
  const made = await makeDemoHome("none");
  end.defer(() => removeTree(made.directory));
  const home = { ...made, hosts: made.hosts.filter(({ host }) => HOSTS.includes(host)) };
  const within = (name: string): string => join(home.directory, name);
  const environment = {
    ...{ PATH: process.env["PATH"] ?? "", HOME: home.directory },
    ...{ XDG_CACHE_HOME: within("nix-cache"), NIX_STATE_DIR: within("nix-var") },
    ...{ NIX_LOG_DIR: within("nix-var/log"), NODE_COMPILE_CACHE: within("compile-cache") },
  };
  const cache = await openHeldCache(home.cache.directory);
  end.defer(() => cache.close());
  const [programs, folder] = [within("programs"), within("mosquitto")];
  await bundlePrograms(programs);
  await mkdir(folder);
  await writeFile(within("warm.sh"), WARM);
  const first = await makeRelease(home, 0, "works");
  for (const plan of home.hosts) {
    const path = first.paths.get(plan.host);
    if (path) await installSystem(plan, path, cache.url, home.cacheKey.publicKey, environment);
  }
  const ports = { users: await freePort(), open: await freePort() };
  return { home, environment, cache, programs, ports, ...(await writeBroker(home, folder, ports)) };
}

/** What `nixwave acl mosquitto` prints, and before it the same with a first listener as homes have it. */
async function writeBroker(home: DemoHome, folder: string, ports: Ground["ports"]) {
  const passwords = new Map<string, string>();
  for (const user of ["hub", "ci", "demo", ...HOSTS]) {
    passwords.set(user, await readPassword(home.passwordFile(user)));
  }
  const brokerClosed = await writeRules(folder, HOSTS, passwords, ports);
  const brokerOpen = join(folder, "open.conf");
  const rules = await readFile(brokerClosed, "utf8");
  await writeFile(brokerOpen, rules.replace(/^acl_file .*open\.acl$/m, ""));
  return { brokerOpen, brokerClosed };
}

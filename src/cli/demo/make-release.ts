import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostName, StorePath } from "../../contract/index.ts";
import { formatDescription } from "../description.ts";
import { type DemoHome, FLEET } from "./demo-home.ts";
import { addDemoSystem, type Heating } from "./demo-system.ts";

/** One release of the demo: what each host would run, and the deploy spec that CI publishes. */
export interface DemoRelease {
  readonly number: number;
  readonly title: string;
  readonly heating: Heating;
  readonly paths: ReadonlyMap<HostName, StorePath>;
  readonly specFile: string;
  /** What `nixwave describe` would say of them: for a machine without Nix. */
  readonly descriptionFile: string;
}

/** Builds release `number` of every host into the cache. Number 0 is what the hosts are installed with. */
export async function makeRelease(
  { directory, cache, hosts, releaseKey, hubKey }: DemoHome,
  number: number,
  heating: Heating,
  title: string,
): Promise<DemoRelease> {
  const trust = { fleet: FLEET, releaseKey, hubKey };
  const paths = new Map<HostName, StorePath>();
  for (const host of hosts) {
    paths.set(host.host, await addDemoSystem(cache, trust, host, number, heating));
  }
  const specFile = join(directory, `deploy-${number}.json`);
  const descriptionFile = join(directory, `description-${number}.json`);
  const agents = Object.fromEntries(paths);
  await writeFile(specFile, `${JSON.stringify({ agents }, null, 2)}\n`);
  const description = hosts.map(({ host, system }) => {
    const storePath = paths.get(host) as StorePath;
    return { host, system, storePath, narHash: cache.narHash(storePath) };
  });
  await writeFile(descriptionFile, formatDescription(description));
  return { number, title, heating, paths, specFile, descriptionFile };
}

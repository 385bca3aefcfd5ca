import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { type DemoHome, RP4 } from "./demo-home.ts";
import { HEATING_FILE } from "./demo-system.ts";
import type { Ground, Places } from "./ground.ts";
import { startAgent } from "./host-agent.ts";
import { type Environment, installSystem } from "./host-nix.ts";
import { publishRelease } from "./publish-release.ts";

/** Hosts with Nix store roots of their own, and our agent as a process for each. */
export function realGround(home: DemoHome, places: Places, environment: Environment): Ground {
  const rp4 = home.hosts.find(({ host }) => host === RP4)?.root ?? "";
  return {
    isSimulated: false,
    install: (plan, system) =>
      installSystem(plan, system, places.cacheUrl, home.cacheKey.publicKey, environment),
    start: (plan) => startAgent(home, plan, places, environment),
    publish: (release, tell) => publishRelease(home, release, places, environment, tell),
    isHeating: () => heatingOn(rp4),
    async generations({ root }) {
      const names = await readdir(join(root, "nix/var/nix/profiles"));
      const links = names.filter((name) => /^system-\d+-link$/.test(name));
      return links.map((name) => Number(name.replace(/\D/g, ""))).toSorted((a, b) => a - b);
    },
  };
}

/** What the running system of that host says, read through its own links; null while they are being moved. */
async function heatingOn(root: string): Promise<boolean | null> {
  try {
    const system = await readlink(join(root, "run/current-system"));
    const etc = await readlink(join(root, system, "etc"));
    return (await readFile(join(root, etc, HEATING_FILE), "utf8")).trim() === "works";
  } catch {
    return null;
  }
}

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseStorePath, type StorePath } from "../../src/contract/index.ts";

/** Four hosts of a home, with what their closures say of themselves. */
export const HOSTS = {
  nuc: "x86_64-linux",
  rp3: "aarch64-linux",
  rp4: "aarch64-linux",
  x1: "x86_64-linux",
} as const;

/** A Nix store in a folder of its own; `--store` takes the folder. */
export interface SmallStore {
  readonly url: string;
  /** Adds a top-level as small as can be; `system` undefined leaves its file out. */
  add(host: string, version: string, system: string | undefined): Promise<StorePath>;
  /** A deploy spec's text for the four hosts; those of `versions` in another version than "1". */
  specOf(versions?: Readonly<Record<string, string>>): Promise<string>;
  /** Makes the store removable: Nix writes it read-only. */
  loosen(): Promise<void>;
}

export function smallStore(folder: string): SmallStore {
  const url = join(folder, "store");
  const env = {
    HOME: folder,
    XDG_CACHE_HOME: join(folder, ".cache"),
    NIX_CONFIG: "substituters =\nbuild-users-group =\n",
  };
  const add: SmallStore["add"] = async (host, version, system) => {
    const source = join(folder, `v${version}`, `nixos-system-${host}-26.05`);
    await mkdir(source, { recursive: true });
    await writeFile(join(source, "name"), `${host} ${version}`);
    if (system !== undefined) await writeFile(join(source, "system"), system);
    const { stdout } = await execa("nix-store", ["--store", url, "--add", source], { env });
    return parseStorePath(stdout.trim());
  };
  return {
    url,
    add,
    specOf: async (versions = {}) => {
      const agents: Record<string, string> = {};
      for (const [host, system] of Object.entries(HOSTS)) {
        agents[host] = await add(host, versions[host] ?? "1", system);
      }
      return JSON.stringify({ agents });
    },
    loosen: async () => void (await execa("chmod", ["-R", "u+w", folder])),
  };
}

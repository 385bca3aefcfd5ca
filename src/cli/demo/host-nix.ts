import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { ExecaError, execa } from "execa";
import {
  formatPublicKey,
  NixwaveError,
  type PublicKey,
  type StorePath,
} from "../../contract/index.ts";
import type { DemoHostPlan } from "./demo-home.ts";

const LIMIT_MS = 60_000;

/** What the programs of the demo may know of ours. */
export type Environment = Readonly<Record<string, string>>;

/** @returns Nix's version, e.g. "2.8.0" @throws NixwaveError nix-missing */
export async function findNix(environment: Environment): Promise<string> {
  try {
    const options = { env: environment, extendEnv: false, timeout: LIMIT_MS, cleanup: false };
    const { stdout } = await execa("nix-store", ["--version"], options);
    return stdout.trim().split(" ").at(-1) ?? "";
  } catch (error) {
    throw nixProblem(error);
  }
}

function nixProblem(error: unknown): NixwaveError {
  if (!(error instanceof ExecaError) || error.code !== "ENOENT") {
    const said = error instanceof ExecaError ? error.message : String(error);
    return new NixwaveError("nix-failed", said, { cause: error });
  }
  return new NixwaveError(
    "nix-missing",
    "`nix-store` was not found on PATH, and the demo pretends nothing unless you say --simulate",
    { cause: error },
  );
}

/** Brings a first system onto a host, as an installer would: it runs, it boots, it is in the profile. */
export async function installSystem(
  { host, root }: DemoHostPlan,
  system: StorePath,
  cacheUrl: string,
  cacheKey: PublicKey,
  environment: Environment,
): Promise<void> {
  const cacheHome = join(root, "installer-cache"); // shared ones break each other (nix issue 3898)
  const env = { ...environment, HOME: cacheHome, XDG_CACHE_HOME: cacheHome };
  const profiles = join(root, "nix/var/nix/profiles");
  await mkdir(profiles, { recursive: true });
  await mkdir(cacheHome, { recursive: true });
  const trust = [
    ...["--option", "substituters", cacheUrl],
    ...["--option", "trusted-public-keys", formatPublicKey(cacheKey)],
  ];
  const profile = ["-p", join(profiles, "system"), "--set", system];
  await run("nix-env", ["--store", root, ...profile, ...trust], env);
  const switchTo = join(root, system, "bin/switch-to-configuration");
  await run(switchTo, ["switch"], { ...env, NIXWAVE_ROOT: root });
  await symlink(system, join(root, "run/booted-system"));

  async function run(file: string, args: readonly string[], env: Environment): Promise<void> {
    try {
      await execa(file, args, { env, extendEnv: false, timeout: LIMIT_MS, cleanup: false });
    } catch (error) {
      const said = error instanceof ExecaError ? error.message : String(error);
      throw new NixwaveError("nix-failed", `${host}: ${said}`, { cause: error });
    }
  }
}

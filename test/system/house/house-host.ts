import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import {
  CHANNEL,
  type DemoHome,
  type DemoHostPlan,
  FLEET,
} from "../../../src/cli/demo/demo-home.ts";
import { HEATING_FILE } from "../../../src/cli/demo/demo-system.ts";
import type { Environment } from "../../../src/cli/demo/host-nix.ts";
import { formatPublicKey, type StorePath } from "../../../src/contract/index.ts";
import { bundleProgram } from "../../../tools/bundle.ts";

const run = promisify(execFile);

/** A development host: a folder with a Nix store of its own, and its agent in a process. */
export interface HouseHost {
  /** What its agent said so far. */
  readonly lines: readonly string[];
  /** @param programs where they lie; without it the house's own */
  startAgent(programs?: string): Promise<void>;
  /** In order: it says goodbye. */
  stopAgent(): Promise<void>;
  /** The next switch with this verb waits until the answer is called, which resolves once the switch goes on. */
  holdSwitch(verb: "test" | "boot"): Promise<() => Promise<void>>;
  /** What a person does who builds on the host itself. */
  switchByHand(path: StorePath): Promise<void>;
  /** What its system says of the heating; null while links are being moved. */
  isHeating(): Promise<boolean | null>;
}

export interface HostPlaces {
  readonly brokerUrl: string;
  readonly cacheUrl: string;
  readonly programs: string;
  /** Of the agents' configuration, beside or in place of what is usual. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export async function bundlePrograms(folder: string): Promise<void> {
  for (const name of ["nixwave-agent", "nixwave-activator"] as const) {
    await bundleProgram(name, join(folder, `${name}.mjs`));
  }
}

export function houseHost(
  home: DemoHome,
  plan: DemoHostPlan,
  places: HostPlaces,
  environment: Environment,
): HouseHost {
  const { root } = plan;
  let agent: ChildProcess | null = null;
  const lines: string[] = [];
  return {
    lines,
    async startAgent(programs = places.programs) {
      agent = await startAgent(home, plan, { ...places, programs }, environment);
      createInterface({ input: agent.stderr as NodeJS.ReadableStream }).on("line", (line) =>
        lines.push(line),
      );
    },
    async stopAgent() {
      const child = agent;
      agent = null;
      if (!child || child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
    async holdSwitch(verb) {
      const pipe = join(root, `hold-${verb}`);
      await run("mkfifo", [pipe]);
      return async () => {
        const writer = await open(pipe, "w"); // when the switch has opened its end
        await rm(pipe);
        await writer.close();
      };
    },
    async switchByHand(path) {
      const cacheHome = join(root, "installer-cache");
      const env = { ...environment, HOME: cacheHome, XDG_CACHE_HOME: cacheHome };
      const trust = ["--option", "substituters", places.cacheUrl];
      const keys = ["--option", "trusted-public-keys", formatPublicKey(home.cacheKey.publicKey)];
      const profile = ["-p", join(root, "nix/var/nix/profiles/system"), "--set", path];
      await run("nix-env", ["--store", root, ...profile, ...trust, ...keys], { env });
      const program = join(root, path, "bin/switch-to-configuration");
      await run(program, ["switch"], { env: { ...env, NIXWAVE_ROOT: root } });
    },
    isHeating: () => heatingOn(root),
  };
}

async function startAgent(
  home: DemoHome,
  { host, system, root }: DemoHostPlan,
  { brokerUrl, cacheUrl, programs, settings }: HostPlaces,
  environment: Environment,
): Promise<ChildProcess> {
  const file = join(home.directory, `${host}.json`);
  const config = {
    ...{ host, fleet: FLEET, channel: CHANNEL, system, broker: brokerUrl, root },
    passwordFile: home.passwordFile(host),
    releaseKeys: [formatPublicKey(home.releaseKey.publicKey)],
    hubKeys: [formatPublicKey(home.hubKey.publicKey)],
    substituters: [cacheUrl],
    cacheKeys: [formatPublicKey(home.cacheKey.publicKey)],
    ...settings,
  };
  const program = join(programs, "nixwave-agent.mjs");
  await writeFile(file, JSON.stringify(config));
  const child = spawn(process.execPath, [program, "--config", file], {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const endWithUs = (): void => void child.kill("SIGTERM");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  return child;
}

async function heatingOn(root: string): Promise<boolean | null> {
  try {
    const system = await readlink(join(root, "run/current-system"));
    const etc = await readlink(join(root, system, "etc"));
    return (await readFile(join(root, etc, HEATING_FILE), "utf8")).trim() === "works";
  } catch {
    return null;
  }
}

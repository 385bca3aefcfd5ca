import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../support/brokers.ts";

const NIXWAVE = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const run = promisify(execFile);

/** mosquitto as a person sets it up with `nixwave acl mosquitto`. */
export interface HouseBroker {
  /** Where users with passwords connect. */
  readonly url: string;
  /** Where sensors and switches connect, without a name. */
  readonly openPort: number;
  readonly port: number;
  /** Ends it in order, with what it retains on disk, and starts it on the same ports. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param passwords by user */
export async function openHouseBroker(
  folder: string,
  hosts: readonly string[],
  passwords: ReadonlyMap<string, string>,
): Promise<HouseBroker> {
  const ports = { users: await freePort(), open: await freePort() };
  const file = await writeRules(folder, hosts, passwords, ports);
  let child = await startMosquittoOf(file);
  return {
    url: `mqtt://127.0.0.1:${ports.users}`,
    ...{ openPort: ports.open, port: ports.users },
    async restart() {
      await endMosquitto(child);
      child = await startMosquittoOf(file);
    },
    stop: () => endMosquitto(child),
  };
}

/** What `nixwave acl mosquitto` prints, on ports of the test. @returns mosquitto's configuration */
export async function writeRules(
  folder: string,
  hosts: readonly string[],
  passwords: ReadonlyMap<string, string>,
  ports: { readonly users: number; readonly open: number },
): Promise<string> {
  const names = ["--hosts", hosts.join(","), "--operators", "demo"];
  await run(process.execPath, [NIXWAVE, "acl", "mosquitto", ...names, "--out", folder]);
  const file = join(folder, "mosquitto.conf");
  const printed = await readFile(file, "utf8");
  const moved = printed
    .replace(/^listener 1883$/m, `listener ${ports.open} 127.0.0.1`)
    .replace(/^listener 8883$/m, `listener ${ports.users} 127.0.0.1`);
  // Started by root it becomes the user "mosquitto", who cannot read the folder.
  await writeFile(file, process.getuid?.() === 0 ? `user root\n${moved}` : moved);
  const users = [...passwords].map(([user, password]) => `${user}:${password}\n`);
  await writeFile(join(folder, "passwords"), users.join(""), { mode: 0o600 });
  await run("mosquitto_passwd", ["-U", join(folder, "passwords")]);
  return file;
}

/** Resolves when it says that it runs. */
export async function startMosquittoOf(file: string): Promise<ChildProcess> {
  const child = spawn("mosquitto", ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  const { promise, resolve, reject } = Promise.withResolvers<ChildProcess>();
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    said.push(line);
    if (/ running$/.test(line)) resolve(child);
  });
  child.once("exit", () => reject(new Error(`mosquitto ended:\n${said.slice(-20).join("\n")}`)));
  return await promise;
}

/** In order, with what it retains on disk. */
export async function endMosquitto(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  type AclPlan,
  accountsOf,
  mosquittoFiles,
  type NewAccount,
} from "../../src/broker/index.ts";
import { type Bus, type BusOptions, openBus, parseBrokerUrl } from "../../src/bus/index.ts";
import { DEFAULT_BASE, type HostName, parseUserName } from "../../src/contract/index.ts";
import { freePort, startMosquitto } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";
import type { BrokerRequest } from "./broker-process.ts";

/** A broker in a process of its own, and what it lets in. */
export interface BenchBroker {
  readonly url: BusOptions["broker"];
  /** What a client of `user` says to be let in. */
  credentials(user: string): { readonly username?: string; readonly password?: string };
  stop(): Promise<void>;
}

export const PASSWORD = "bench";

/** Nothing that could slow it down: no access rules, no passwords, nothing on disk. */
const OPEN_NO_DELAY = [
  "listener $PORT 127.0.0.1",
  "allow_anonymous true",
  "set_tcp_nodelay true",
  "max_queued_messages 0",
].join("\n");

/** mosquitto at its fastest. */
export async function startOpenMosquitto(): Promise<BenchBroker> {
  requireMosquitto();
  const { url, stop } = await startMosquitto({ config: OPEN_NO_DELAY });
  return { url, credentials: () => ({}), stop };
}

/** mosquitto with the accounts, access rules and settings that `nixwave acl mosquitto` prints. */
export async function startMosquittoAsPrinted(hosts: readonly HostName[]): Promise<BenchBroker> {
  requireMosquitto();
  const plan: AclPlan = {
    base: DEFAULT_BASE,
    hosts,
    operators: [],
    hub: parseUserName("hub"),
    ci: parseUserName("ci"),
    deviceTopics: [],
    openButtons: false,
  };
  const { "mosquitto.conf": printed = "", ...acls } = mosquittoFiles(plan, "$DIR");
  const config = printed
    .replace("listener 8883", "listener $PORT 127.0.0.1")
    .replace("listener 1883", `listener ${await freePort()} 127.0.0.1`);
  const passwords = await passwordFile(accountsOf(plan).map(({ user }) => user));
  const { url, stop } = await startMosquitto({ config, files: { ...acls, passwords } });
  return { url, credentials, stop };
}

async function passwordFile(users: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-bench-passwords-"));
  const file = join(folder, "passwords");
  await writeFile(file, users.map((user) => `${user}:${PASSWORD}\n`).join(""), { mode: 0o600 });
  await promisify(execFile)("mosquitto_passwd", ["-U", file]);
  const hashed = await readFile(file, "utf8");
  await rm(folder, { recursive: true });
  return hashed;
}

function requireMosquitto(): void {
  if (needs("mosquitto").skip) throw new Error("the peer of this row, mosquitto, is not installed");
}

const credentials = (username: string) => ({ username, password: PASSWORD });

/** Whether retained messages are written to disk before they are handed on. */
export type Keeping = "on-disk" | "in-memory";

/** The embedded broker in a child process. */
export async function startEmbedded(
  accounts: readonly NewAccount[],
  keeping: Keeping = "on-disk",
): Promise<BenchBroker> {
  const stateDir =
    keeping === "on-disk" ? await mkdtemp(join(tmpdir(), "nixwave-bench-broker-")) : null;
  const child = fork(fileURLToPath(new URL("./broker-process.ts", import.meta.url)));
  const exited = once(child, "exit");
  child.send({ accounts, stateDir } satisfies BrokerRequest);
  const failed = exited.then(([status]): never => {
    throw new Error(`the broker's process ended with ${status}`);
  });
  const [url] = (await Promise.race([once(child, "message"), failed])) as [string];
  failed.catch(() => undefined);
  return {
    url: parseBrokerUrl(url),
    credentials,
    stop: async () => {
      child.disconnect();
      await exited;
      if (stateDir) await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** A connection of the real bus; what it has to say about lost or refused messages is a failure. */
export const openBenchBus = (broker: BenchBroker, user: string): Promise<Bus> =>
  openBus({
    broker: broker.url,
    clientId: `${user}-bench`,
    ...broker.credentials(user),
    log: (event) => {
      if (event.event !== "connected") console.error(event);
    },
  });

/** Runs `use`, then stops everything that `start` and `use` began, whatever happened. */
export async function whileOpen<T>(
  use: (onEnd: <R>(resource: R, end: (resource: R) => Promise<unknown>) => R) => Promise<T>,
): Promise<T> {
  const ends: (() => Promise<unknown>)[] = [];
  try {
    return await use((resource, end) => {
      ends.push(() => end(resource));
      return resource;
    });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** Nothing here takes a minute: what is not there by then was lost. */
const LOST_MS = 60_000;

/** @throws Error naming `what` when it does not come */
export async function arriving<T>(what: string, arrival: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const lost = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not arrive in a minute`)), LOST_MS);
  });
  try {
    return await Promise.race([arrival, lost]);
  } finally {
    clearTimeout(timer);
  }
}

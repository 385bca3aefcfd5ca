import { type ChildProcess, type StdioOptions, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { placesBelow } from "../../agent/activator/places.ts";
import { startAedes } from "../support/brokers.ts";
import { ordered, releasedOn } from "../support/contract-builders.ts";
import { openBuses, soon } from "../support/open-buses.ts";
import { needs } from "../support/system-parts.ts";

const AGENT = fileURLToPath(new URL("../../agent/main.ts", import.meta.url));
const ACTIVATOR = fileURLToPath(new URL("../../agent/activator-main.ts", import.meta.url));
const key = (name: string): string => `${name}:${randomBytes(32).toString("base64")}`;

const buses = openBuses();

let root: string;
let config: string;
let child: ChildProcess;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nixwave-unread-"));
  config = join(root, "agent.json");
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(root, { recursive: true, force: true });
});

function configure(broker: string): void {
  const fields = {
    ...{ host: "rp4", fleet: "github:someone/homelab", channel: "main", root, broker },
    ...{ system: "aarch64-linux", releaseKeys: [key("ci-1")], hubKeys: [key("hub-1")] },
    ...{ substituters: ["http://127.0.0.1:9"], cacheKeys: [key("cache-1")] },
  };
  writeFileSync(config, JSON.stringify(fields));
}

/** Starts a program with its output at `number` in a log. @returns what closes the log's other end */
type StartLogged = (number: 1 | 2, args: readonly string[]) => () => Promise<void>;

const stdioWith = (number: 1 | 2, log: "pipe" | number): StdioOptions =>
  ["ignore", "ignore", "ignore"].map((none, at) => (at === number ? log : none)) as StdioOptions;

/** Node's "pipe" is a pair of sockets of the unix family, as journald's streams are. */
const intoSocket: StartLogged = (number, args) => {
  child = spawn(process.execPath, args, { stdio: stdioWith(number, "pipe") });
  const stream = child.stdio[number];
  return async () => {
    stream?.destroy();
    if (stream && !stream.closed) await once(stream, "close");
  };
};

const intoPipe: StartLogged = (number, args) => {
  const path = join(root, "log");
  spawnSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, "w");
  child = spawn(process.execPath, args, { stdio: stdioWith(number, writer) });
  closeSync(writer);
  return async () => closeSync(reader);
};

describe.skipIf(needs("util-linux").skip).each([
  ["a socket, as journald's is", intoSocket],
  ["a pipe", intoPipe],
] as const)("a log that its reader has closed, %s", (_what, start) => {
  it("is no reason for the agent to end: it comes back after its broker, and reports", async () => {
    const broker = await startAedes();
    configure(broker.url);
    const closeLog = start(2, [AGENT, "--config", config]);
    const watching = async (): Promise<() => number | null> => {
      let reports = 0;
      const operator = await buses.opened({ broker: broker.url });
      await operator.subscribe({ kind: "reported" }, () => {
        reports += 1;
      });
      return () => child.exitCode ?? reports;
    };
    const first = await watching();
    await expect.poll(first, soon).toBeGreaterThan(0);
    await closeLog();
    await broker.kill(); // "disconnected" is said into the closed log
    await buses.started(startAedes({ port: broker.port }));
    const second = await watching();
    await expect.poll(second, soon).toBeGreaterThan(0);
    expect(child.exitCode).toBeNull();
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("keeps the activator from nothing: it judges the order, reports, and ends well", async () => {
    configure("mqtt://127.0.0.1:9");
    const { inbox, report } = placesBelow(root);
    mkdirSync(inbox, { recursive: true });
    writeFileSync(join(inbox, "desired"), ordered(releasedOn(0, "next"))); // of nobody who is trusted here
    await start(2, [ACTIVATOR, "--config", config])();
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(readFileSync(report, "utf8")).toContain('"signature-invalid"');
  });

  it.each([
    ["nixwave-agent --help", [AGENT, "--help"]],
    ["nixwave-agent history --help", [AGENT, "history", "--help"]],
    ["nixwave-activator --help", [ACTIVATOR, "--help"]],
  ])("is what `%s | head` leaves, and no failure", async (_line, args) => {
    await start(1, args)();
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

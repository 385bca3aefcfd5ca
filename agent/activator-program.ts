import { mkdirSync, writeSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { ERRORS, NixwaveError, parseDuration } from "../src/contract/index.ts";
import { actAsDeadman, type DeadmanParts, lookAsDeadman } from "./activator/deadman.ts";
import { HOLDING, holdLock } from "./activator/lock.ts";
import { placesBelow } from "./activator/places.ts";
import { seizeLock } from "./activator/seize-lock.ts";
import { nodeFiles } from "./durable/file-port.ts";
import { openMachine } from "./machine/open-machine.ts";

const HELP = `nixwave-activator: tries, keeps or undoes the systems of this NixOS host. Run by systemd, as root.

Usage: nixwave-activator --config FILE [--self PROGRAM]
       nixwave-activator deadman --root FOLDER --switch-limit MILLISECONDS

It takes what waits in the inbox, does what is to be done, writes the report and ends. It holds
nix/var/nixwave/lock meanwhile, and becomes flock(1) to get it.

Exit status: 0 nothing is left to do, 1 it failed and says why, 75 it is to be started again: the running
system has another activator, or another process holds the lock.
`;

/** What systemd's Restart=on-failure starts again: EX_TEMPFAIL of sysexits.h. */
const AGAIN = 75;
const LOCK_WAIT_SECONDS = 60;
const STDERR = 2;

/**
 * Straight to the descriptor: Node's own stream takes 7 ms to load, and only a pipe that is full is left to it. A log
 * that nobody reads (journald was stopped: the connections that it drops never come back) must not end a trial half-way.
 */
function say(line: string): void {
  try {
    writeSync(STDERR, `${line}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    if (process.stderr.listenerCount("error") === 0) process.stderr.on("error", () => undefined);
    process.stderr.write(`${line}\n`);
  }
}

interface Start {
  readonly env: NodeJS.ProcessEnv;
  /** Called before this process becomes another program. */
  readonly beforeBecoming?: () => void;
}

async function main(start: Start): Promise<number> {
  const { env } = start;
  const { values, positionals } = readArguments();
  if (values.help) {
    process.stdout.on("error", () => undefined); // `| head` has what it wanted
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals[0] === "deadman") return deadman(values, env);
  if (positionals.length > 0)
    throw new NixwaveError("wrong-usage", `${positionals[0]} is no command`);
  if (!values.config) throw new NixwaveError("wrong-usage", "--config FILE is missing");
  const [{ parseAgentConfig }, { readWhole }, { runActivator }] = await Promise.all([
    import("./config.ts"),
    import("./read-whole.ts"),
    import("./activator/run-activator.ts"),
  ]);
  const config = parseAgentConfig(await readWhole(values.config), values.config);
  requireRoot(config.root);
  lockBelow(config.root, start);
  const outcome = await runActivator({
    ...{ config, say, self: values.self ?? null, path: env["PATH"] ?? "" },
    deadmanCommand: deadmanCommand(values.self, config.root, config.switchLimit),
  });
  return outcome === "handed-over" ? AGAIN : 0;
}

function requireRoot(root: string): void {
  if (root !== "/" || process.getuid?.() === 0) return;
  throw new NixwaveError("not-root", "the activator of a real host runs as root");
}

function lockBelow(root: string, start: Start): void {
  const { lock, state } = placesBelow(root);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  holdLock(lock, LOCK_WAIT_SECONDS, { args: process.argv.slice(2), ...start });
}

/** The old closure's program: it runs on from the store, whatever the switch puts in its place (DESIGN 7). */
function deadmanCommand(self: string | undefined, root: string, limitMs: number) {
  const program =
    self === undefined ? [process.execPath, ...process.execArgv, process.argv[1] ?? ""] : [self];
  return [...program, "deadman", "--root", root, "--switch-limit", String(limitMs)];
}

type Values = ReturnType<typeof readArguments>["values"];

async function deadman(values: Values, env: Start["env"]): Promise<number> {
  const { root = "/", "switch-limit": limit, "holding-lock": isLocked } = values;
  const places = placesBelow(root);
  const switchLimitMs = parseDuration(`${limit ?? "900000"}ms`);
  const path = env["PATH"] ?? "";
  const clock = "assume" as const; // the deadman looks at boot time only
  const settings = {
    root,
    path,
    stateDirectory: places.state,
    clock,
    timeZone: null,
    isLaptop: false,
    say,
  };
  const parts: DeadmanParts = {
    ...{ places, switchLimitMs, say, files: nodeFiles, machine: openMachine(settings) },
  };
  if (isLocked) {
    holdLock(places.lock, 0, { args: process.argv.slice(2), env });
    await actAsDeadman(parts);
    return 0;
  }
  if ((await lookAsDeadman(parts)) === "done") return 0;
  return seizeLock(places, parts, [...process.argv.slice(1), HOLDING]);
}

/** @throws NixwaveError wrong-usage */
function readArguments() {
  const options = {
    config: { type: "string" },
    self: { type: "string" },
    root: { type: "string" },
    "switch-limit": { type: "string" },
    "holding-lock": { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  try {
    return parseArgs({ options, strict: true, allowPositionals: true });
  } catch (cause) {
    throw new NixwaveError("wrong-usage", (cause as Error).message, { cause });
  }
}

function fail(error: unknown): number {
  if (error instanceof NixwaveError) {
    say(`error[${error.code}]: ${error.message}\n  ${ERRORS[error.code].remedy}`);
  } else say(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

/** The whole program. @returns the exit status */
export const activatorProgram = (start: Start): Promise<number> => main(start).catch(fail);

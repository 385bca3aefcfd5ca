#!/usr/bin/env node
import process from "node:process";
import { parseArgs } from "node:util";
import { ERRORS, NixwaveError } from "../src/contract/index.ts";
import { COMMANDS_HELP, type Command, isCommand } from "./command/commands-help.ts";
import { CONFIG_EXAMPLE, parseAgentConfig } from "./config.ts";
import { readWhole } from "./read-whole.ts";
import { runTalk } from "./talk/run-talk.ts";

const HELP = `nixwave-agent: keeps this NixOS host where its home's hub and CI want it.

Usage: nixwave-agent --config FILE [--check]

--check says what is wrong with FILE, each fault on a line of its own, and runs nothing.
FILE is JSON, for example:
${CONFIG_EXAMPLE}

Optional fields: base, passwordFile, tls, root, clock, timeZone, mode, releaseThreshold, trustEpoch,
serialFloor, rollbackWindow, netrcFile, caFile, pullJobs, pullLimit, stallLimit, switchLimit, probeLimit, lease,
probes, witness, guards, rebootToRecover, publishLog. It ends on SIGTERM or SIGINT.

${COMMANDS_HELP}`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
// A log that nobody reads is no reason to end: journald that is stopped drops its connections, and never takes them up again.
process.stderr.on("error", () => undefined);

/** What a person asked for. The agent that runs for months never loads this stream. */
function write(text: string): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", outputLost);
  process.stdout.write(text);
}

function outputLost({ code, message }: NodeJS.ErrnoException): void {
  if (code === "EPIPE") return; // `nixwave-agent history | head`: the reader has what it wanted
  fail(new NixwaveError("file-unwritable", `standard output: ${message}`));
}

async function main(): Promise<void> {
  const [word, ...rest] = process.argv.slice(2);
  if (isCommand(word)) return command(word, rest);
  const ended = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => ended.abort());
  if (word !== undefined && !word.startsWith("-")) {
    throw new NixwaveError("wrong-usage", `${JSON.stringify(word.slice(0, 80))} is no command`);
  }
  const values = readArguments();
  if (values.help) return write(HELP);
  if (!values.config) throw new NixwaveError("wrong-usage", "--config FILE is missing");
  const config = parseAgentConfig(await readWhole(values.config), values.config);
  if (values.check) return say(`${values.config}: nothing is wrong`);
  const { env, pid } = process;
  await runTalk({ config, configFile: values.config, env, pid, say }, ended.signal);
  process.exit(0);
}

/** Loaded only when asked for: the agent that runs for months needs none of it. */
async function command(word: Command, args: readonly string[]): Promise<void> {
  const [{ runCommand }, { startActivator }, { activatorProgram }] = await Promise.all([
    import("./command/run-command.ts"),
    import("./command/start-activator.ts"),
    import("./talk/activator-program.ts"),
  ]);
  process.exitCode = await runCommand(word, args, {
    write,
    stdin: process.stdin,
    isRoot: process.getuid?.() === 0,
    nowMs: Date.now,
    startActivator: (root, file) => startActivator(root, file, activatorProgram()),
  });
  process.stdin.unref?.();
}

/** @throws NixwaveError wrong-usage */
function readArguments() {
  const switches = { help: { type: "boolean" }, check: { type: "boolean" } } as const;
  const options = { config: { type: "string" }, ...switches } as const;
  try {
    return parseArgs({ options, strict: true }).values;
  } catch (cause) {
    throw new NixwaveError("wrong-usage", (cause as Error).message, { cause });
  }
}

function fail(error: unknown): never {
  if (error instanceof NixwaveError) {
    const { code, message } = error;
    // the table's remedy names the other program
    const remedy = code === "wrong-usage" ? "See `nixwave-agent --help`." : ERRORS[code].remedy;
    say(`error[${code}]: ${message}\n  ${remedy}`);
  } else say(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(error instanceof NixwaveError && error.code === "wrong-usage" ? 2 : 1);
}

await main().catch(fail);

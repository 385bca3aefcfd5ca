import { Command } from "commander";
import { type DurationMs, NixwaveError, parseDuration } from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { askToSimulate, sayNixIsMissing } from "../demo/ask-to-simulate.ts";
import type { Tampering } from "../demo/demo-home.ts";
import { type Environment, findNix } from "../demo/host-nix.ts";
import { playDemo } from "../demo/play-demo.ts";
import { flag } from "../flags.ts";
import { paintFor } from "../paint.ts";

interface DemoFlags {
  readonly once?: boolean;
  readonly limit?: DurationMs;
  readonly editorPort?: number;
  readonly tamper?: Tampering;
  readonly simulate?: boolean;
}

const LIMIT = parseDuration("3m");

const EXAMPLES = `
Starts a home on this machine in a temporary folder: a broker, Node-RED with Nixwave's nodes and the flow
homelab.json, a signed binary cache, sensors, and four hosts (rp4, rp3, x1, nuc), each with a Nix store of its
own. Then a story: a good release; one that breaks the heating, is caught by the bedroom's sensor and undone; a
hold by the wall switch; the fix; and a laptop that catches up. Nix is the real one. Nothing outside the folder
is touched, and it is removed at the end. Nothing is downloaded. On a machine without Nix it says so and stops,
unless you let it simulate the hosts; each of their lines then says SIMULATED.

Examples:
  $ nixwave demo                     a picture that moves, then keys; open Node-RED in a browser
  $ nixwave demo --once              ends with status 0 when all of it was seen in reported state
  $ nixwave demo --once --tamper closure   a damaged cache: see the hosts refuse it
  $ nixwave demo --simulate          hosts that are made up; everything else is real`;

/** `nixwave demo`: the main job once, in a home of its own. */
export function demoCommand(io: CommandIo): Command {
  return new Command("demo")
    .description("Watch releases go through a whole home on this machine, with the real Nix.")
    .option("--once", "end when the story is told, or when it cannot be")
    .addOption(flag("--limit <duration>", "how long until it counts as failed (3m)", parseDuration))
    .addOption(flag("--editor-port <port>", "port for Node-RED's editor (a free one)", parsePort))
    .addOption(
      flag("--tamper <what>", "spoil something on purpose: closure or key", parseTampering),
    )
    .option(
      "--simulate",
      "make the hosts up in this process, and say so in every line: needs no Nix",
    )
    .addHelpText("after", EXAMPLES)
    .action((flags: DemoFlags) => demo(io, flags));
}

async function demo(io: CommandIo, flags: DemoFlags): Promise<void> {
  const paint = paintFor(io.stdout, io.env);
  io.stdout.write(`${paint("strong", "nixwave demo: releases go through a home of four hosts")}\n`);
  const environment = environmentOf(io);
  await playDemo(io, {
    once: flags.once ?? false,
    tampering: flags.tamper ?? "none",
    editorPort: flags.editorPort ?? 0,
    limit: flags.limit ?? LIMIT,
    nix: await nixFor(io, flags, environment),
    environment,
  });
}

/** @returns null where a person wants simulated hosts @throws NixwaveError nix-missing | nix-failed | wrong-usage */
async function nixFor(
  io: CommandIo,
  { simulate = false, once = false, tamper }: DemoFlags,
  environment: Environment,
): Promise<string | null> {
  if (simulate && tamper === "closure") {
    throw new NixwaveError("wrong-usage", "only the real Nix refuses a damaged closure");
  }
  if (simulate) return null;
  try {
    return await findNix(environment);
  } catch (error) {
    if (!(error instanceof NixwaveError && error.code === "nix-missing")) throw error;
    sayNixIsMissing(io);
    if (!once && (await askToSimulate(io))) return null;
    throw error;
  }
}

/** Programs of the demo see no keys, no tokens and no settings of ours. */
function environmentOf({ env }: CommandIo): Readonly<Record<string, string>> {
  const kept = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL"].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new NixwaveError("wrong-usage", `${JSON.stringify(text)} is not a port`);
  }
  return port;
}

function parseTampering(text: string): Tampering {
  if (text !== "closure" && text !== "key") {
    throw new NixwaveError("wrong-usage", `${JSON.stringify(text)} is not closure or key`);
  }
  return text;
}

import { Command } from "commander";
import { type DurationMs, NixwaveError, parseDuration } from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { FLEET, type Tampering } from "../demo/demo-home.ts";
import { type DemoPlaces, runDemo } from "../demo/run-demo.ts";
import { flag } from "../flags.ts";
import { paintFor } from "../paint.ts";

interface DemoFlags {
  readonly once?: boolean;
  readonly limit?: DurationMs;
  readonly editorPort?: number;
  readonly tamper?: Tampering;
}

const LIMIT = parseDuration("3m");

const EXAMPLES = `
Starts a home on this machine in a temporary folder: a broker, Node-RED with Nixwave's nodes, a signed
binary cache and two hosts (rp4, nuc), each with a Nix store of its own. Both run version 1 of a small
demo system; then version 2 is published with \`nixwave publish\`, and the hosts take it one after another.
Nix is the real one. Nothing outside the folder is touched, and it is removed at the end.

Examples:
  $ nixwave demo                     stays up; open Node-RED in a browser, Ctrl-C ends it
  $ nixwave demo --once              ends with status 0 when both hosts have reported version 2
  $ nixwave demo --once --tamper closure   a damaged cache: see the hosts refuse it`;

/** `nixwave demo`: the main job once, in a home of its own. */
export function demoCommand(io: CommandIo): Command {
  return new Command("demo")
    .description("Watch a release go through a small home on this machine, with the real Nix.")
    .option("--once", "end when both hosts have reported the release, or when they cannot")
    .addOption(flag("--limit <duration>", "how long until it counts as failed (3m)", parseDuration))
    .addOption(flag("--editor-port <port>", "port for Node-RED's editor (a free one)", parsePort))
    .addOption(
      flag("--tamper <what>", "spoil something on purpose: closure or key", parseTampering),
    )
    .addHelpText("after", EXAMPLES)
    .action((flags: DemoFlags) => demo(io, flags));
}

async function demo(io: CommandIo, flags: DemoFlags): Promise<void> {
  const startedAt = io.now();
  const paint = paintFor(io.stdout, io.env);
  const say = (line: string): void => void io.stdout.write(`${line}\n`);
  const tell = (who: string, what: string): void => {
    const seconds = ((io.now() - startedAt) / 1000).toFixed(1).padStart(5);
    const lines = what.split("\n");
    for (const line of lines) {
      say(`${paint("quiet", `${seconds} s`)}  ${paint("strong", who.padEnd(8))}  ${line}`);
    }
  };
  say(paint("strong", "nixwave demo: a release goes through a home of two hosts"));
  const stopped = io.stopRequested();
  await runDemo({
    tampering: flags.tamper ?? "none",
    editorPort: flags.editorPort ?? 0,
    limit: flags.limit ?? LIMIT,
    tell,
    environment: environmentOf(io),
    stopped,
    afterwards: async (places) => {
      say(paint("good", "Both hosts reported version 2."));
      if (flags.once) return;
      sayWhatNext(places, say);
      await stopped;
    },
  });
}

function sayWhatNext(
  { home, brokerUrl, editorUrl }: DemoPlaces,
  say: (line: string) => void,
): void {
  const login = `--broker ${brokerUrl} --user demo --password-file ${home.passwordFile("demo")}`;
  const key = `${home.directory}/${home.releaseKey.name}.public`;
  say(`
The home stays up. What to try next:
  open ${editorUrl} and look at the flow; its nodes show what they do
  npx nixwave verify releases/main --fleet ${FLEET} --key ${key} \\
    ${login}
  ls -l ${home.directory}/rp4/run ${home.directory}/rp4/nix/var/nix/profiles
Ctrl-C ends it and removes ${home.directory}.`);
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

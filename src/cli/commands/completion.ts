import { Argument, Command } from "commander";
import { parseDuration } from "../../contract/index.ts";
import { addBrokerFlags, type BrokerFlags, withBroker } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { compareText } from "../compare-text.ts";
import { bashScript } from "../completion/bash.ts";
import type { CommandShape } from "../completion/command-shape.ts";
import { fishScript } from "../completion/fish.ts";
import { zshScript } from "../completion/zsh.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type What = keyof typeof SCRIPTS | "hosts";
/** Somebody has pressed Tab and waits. */
const HOSTS_WITHIN = parseDuration("3s");

/** `nixwave completion SHELL`: a script for the shell; `hosts` is what that script asks for names. */
export function completionCommand(
  io: CommandIo,
  everyCommand: () => Promise<readonly CommandShape[]>,
): Command {
  const command = new Command("completion")
    .description("Print a script that completes this command line in your shell.")
    .addArgument(new Argument("<shell>", "your shell").choices(["bash", "zsh", "fish", "hosts"]))
    .addHelpText(
      "after",
      `
Examples:
  $ eval "$(nixwave completion bash)"                             in ~/.bashrc
  $ eval "$(nixwave completion zsh)"                              in ~/.zshrc, after compinit
  $ nixwave completion fish > ~/.config/fish/completions/nixwave.fish

Names of hosts are asked of the broker that NIXWAVE_BROKER names (\`nixwave completion hosts\` prints them).`,
    )
    .action(async (what: What, flags: BrokerFlags) => {
      if (what === "hosts") await printHosts(io, flags);
      else io.stdout.write(SCRIPTS[what](await everyCommand()));
    });
  return addBrokerFlags(command);
}

async function printHosts(io: CommandIo, flags: BrokerFlags): Promise<void> {
  const timeout = flags.timeout ?? HOSTS_WITHIN;
  await withBroker(io, { ...flags, timeout }, "completion", async ({ bus, timeoutMs }) => {
    const seen = await bus.snapshot("availability", { timeoutMs });
    const names = seen.map(({ address }) => address.host).toSorted(compareText);
    io.stdout.write(names.map((name) => `${name}\n`).join(""));
  });
}

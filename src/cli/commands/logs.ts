import { Command } from "commander";
import { type HostName, NixwaveError, parseHostName } from "../../contract/index.ts";
import { addBrokerFlags, type BrokerFlags, withBroker } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { compareText } from "../compare-text.ts";
import { paintFor } from "../paint.ts";

interface Flags extends BrokerFlags {
  readonly follow?: boolean;
}

/** `nixwave logs HOST -f`: what a host's activation prints, as it prints it. */
export function logsCommand(io: CommandIo): Command {
  const command = new Command("logs")
    .description("Follow what the activation on a host prints.")
    .argument("<host>", "the host", parseHostName)
    .option(
      "-f, --follow",
      "until Ctrl-C; needed, since these lines are kept nowhere on the broker",
    )
    .addHelpText(
      "after",
      `
Example, in one terminal while the rollout runs in another:
  $ nixwave logs rp4 -f --broker mqtt://hub.lan --user anna

Lines travel while a host activates and are kept nowhere: the broker holds none, and some may be lost when the
connection is. What was printed before lies on the host: journalctl -u nixwave-agent.`,
    )
    .action((host: HostName, flags: Flags) => logs(io, host, flags));
  return addBrokerFlags(command);
}

async function logs(io: CommandIo, host: HostName, flags: Flags): Promise<void> {
  if (!flags.follow) {
    const message = `the broker keeps no lines of ${host}: add -f to follow it from now on, or read them there: journalctl -u nixwave-agent`;
    throw new NixwaveError("wrong-usage", message);
  }
  await withBroker(io, flags, "logs", async ({ bus, timeoutMs }) => {
    const stopped = io.stopRequested();
    const seen = await bus.snapshot("availability", { timeoutMs });
    const presence = seen.find(({ address }) => address.host === host);
    if (!presence)
      throw neverHere(
        host,
        seen.map(({ address }) => address.host),
      );
    const paint = paintFor(io.stderr, io.env);
    io.stderr.write(`${paint("quiet", opening(host, presence.payload.state))}\n`);
    let next: { readonly attempt: string; readonly line: number } | null = null;
    const subscription = await bus.subscribe({ kind: "log", host }, ({ payload }) => {
      const { rollout, attempt, first, lines } = payload;
      const name = `${rollout} ${attempt}`;
      if (next?.attempt !== name)
        io.stderr.write(`${paint("quiet", `-- attempt ${attempt} of ${rollout}`)}\n`);
      else if (first > next.line)
        io.stderr.write(`${paint("warn", `-- ${first - next.line} lines were lost`)}\n`);
      for (const line of lines) io.stdout.write(`${printable(line)}\n`);
      next = { attempt: name, line: first + lines.length };
    });
    await stopped;
    subscription.unsubscribe();
  });
}

/** Nobody waits for a name that was mistyped. */
function neverHere(host: HostName, known: readonly HostName[]): NixwaveError {
  const others = known.toSorted(compareText).join(", ");
  const who = others === "" ? "nor was any other host" : `these were: ${others}`;
  return new NixwaveError("wrong-usage", `${host} was never on this broker; ${who}`);
}

function opening(host: HostName, state: "online" | "offline"): string {
  if (state === "offline") return `${host} is not there; waiting for it (Ctrl-C ends)`;
  return `following ${host}; it prints while it activates (Ctrl-C ends)`;
}

/** A host must not redraw the terminal of whoever looks. */
const printable = (line: string): string => line.replace(/[^\P{Cc}\t]|\p{Bidi_Control}/gu, "?");

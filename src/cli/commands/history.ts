import { Command } from "commander";
import type { RolloutHistory } from "../../contract/index.ts";
import { NixwaveError } from "../../contract/index.ts";
import { formatDuration, formatWhen, releaseTitle, wordFor } from "../../people/index.ts";
import { addBrokerFlags, type BrokerFlags, withBroker } from "../broker-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { flag } from "../flags.ts";
import { homeHere } from "../fleet/home-here.ts";
import { type Paint, paintFor } from "../paint.ts";
import { tableText } from "../words.ts";

interface Flags extends BrokerFlags {
  readonly limit?: number;
  readonly json?: boolean;
}

type Ended = RolloutHistory["ended"][number];

const KEPT = 20;

/** `nixwave history`: how the last rollouts ended. */
export function historyCommand(io: CommandIo): Command {
  const command = new Command("history")
    .description("Show how the last rollouts ended, the newest first.")
    .addOption(flag("--limit <n>", `how many, 1 to ${KEPT} (10)`, parseLimit))
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Example:
  $ nixwave history --limit 3 --broker mqtt://hub.lan --user anna

The broker holds the last ${KEPT}, also while no hub is there; the hub's journal remembers a year.`,
    )
    .action((flags: Flags) => history(io, flags));
  return addBrokerFlags(command);
}

async function history(io: CommandIo, flags: Flags): Promise<void> {
  await withBroker(io, flags, "history", async ({ bus, timeoutMs }) => {
    const [told] = await bus.snapshot("rolloutHistory", { timeoutMs });
    const ended = (told?.payload.ended ?? []).slice(0, flags.limit ?? 10);
    if (flags.json) {
      io.stdout.write(`${JSON.stringify({ v: 1, ended }, null, 2)}\n`);
    } else if (ended.length === 0) {
      io.stdout.write("no rollout has ended yet, as far as this broker knows\n");
    } else {
      io.stdout.write(historyText(ended, io, paintFor(io.stdout, io.env)));
    }
  });
}

function historyText(ended: readonly Ended[], { now }: CommandIo, paint: Paint): string {
  const home = homeHere();
  const cells = ended.map((one) => [
    formatWhen(one.endedAt, now(), home),
    formatDuration(one.endedAt - one.startedAt, home.language),
    `${one.done}/${one.taking}`,
    one.completion === null ? "?" : wordFor("completion", one.completion, home.language),
    releaseTitle(one, now(), home),
    [...one.wrong, one.why].filter((part) => part !== "").join("; "),
  ]);
  const [head = [], ...rows] = tableText([
    ["ENDED", "TOOK", "HOSTS", "OUTCOME", "RELEASE", "WHY"],
    ...cells,
  ]);
  const lines = rows.map((row, at) =>
    row
      .map((cell, column) => (column === 3 ? paint(toneOf(ended[at]), cell) : cell))
      .join("")
      .trimEnd(),
  );
  return `${[paint("quiet", head.join("")), ...lines].join("\n")}\n`;
}

function toneOf(one: Ended | undefined): "good" | "warn" | "error" {
  if (one?.completion === "Promoted") return "good";
  return one?.completion === "PartiallyPromoted" || one?.completion === "Superseded"
    ? "warn"
    : "error";
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,2}$/.test(text) && limit >= 1 && limit <= KEPT) return limit;
  throw new NixwaveError("wrong-usage", `${text} is not 1 to ${KEPT}`);
}

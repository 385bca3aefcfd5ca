import type { CommandIo } from "./command-io.ts";
import { paintFor } from "./paint.ts";

type Level = "error" | "warn" | "info";

/** sd-daemon(3): journald takes a line's priority from its beginning. */
const PRIORITY: Readonly<Record<Level, string>> = { error: "<3>", warn: "<4>", info: "<6>" };
const TONE = { error: "error", warn: "warn", info: "quiet" } as const;

/** One line for each thing that happens: with its priority for journald, else with its time for people. */
export function journalFor(io: Pick<CommandIo, "stderr" | "env" | "now">) {
  const isJournal = io.env["JOURNAL_STREAM"] !== undefined;
  const paint = paintFor(io.stderr, io.env);
  const line = (level: Level, text: string): void => {
    for (const part of text.split("\n")) {
      if (isJournal) io.stderr.write(`${PRIORITY[level]}${part}\n`);
      else {
        const time = new Date(io.now()).toISOString().slice(0, 19);
        io.stderr.write(`${paint("quiet", time)} ${paint(TONE[level], level.padEnd(5))} ${part}\n`);
      }
    }
  };
  return { line };
}

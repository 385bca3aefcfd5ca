import { ERRORS, NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import { type ExitStatus, exitStatusOf } from "./exit-status.ts";
import { paintFor } from "./paint.ts";

/**
 * Prints `error[code]: message` and the way out on stderr.
 * @returns the exit status that belongs to it
 */
export function printFailure(thrown: unknown, io: Pick<CommandIo, "stderr" | "env">): ExitStatus {
  if (thrown instanceof SuppressedError) {
    // The clean-up failed too; what went wrong first is what the person asks for.
    const status = printFailure(thrown.suppressed, io);
    printFailure(thrown.error, io);
    return status;
  }
  const error = thrown instanceof NixwaveError ? thrown : internalError(thrown);
  const paint = paintFor(io.stderr, io.env);
  const head = paint("error", `error[${error.code}]:`);
  const place = error.where && !error.message.includes(error.where) ? ` (at ${error.where})` : "";
  const remedy = paint("quiet", ERRORS[error.code].remedy);
  io.stderr.write(`${head} ${printable(error.message)}${printable(place)}\n  ${remedy}\n`);
  return exitStatusOf(error.code);
}

function internalError(thrown: unknown): NixwaveError {
  const said = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new NixwaveError("internal-error", said, { cause: thrown });
}

/** Messages quote what others wrote; a control character must not redraw the terminal. */
const printable = (text: string): string =>
  text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });

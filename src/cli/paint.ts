import type { CommandIo } from "./command-io.ts";

type Tone = "error" | "good" | "warn" | "quiet" | "strong";
export type Paint = (tone: Tone, text: string) => string;

const SGR: Readonly<Record<Tone, string>> = {
  error: "31;1",
  good: "32",
  warn: "33",
  quiet: "2",
  strong: "1",
};

const plain: Paint = (_tone, text) => text;
const coloured: Paint = (tone, text) => `\u001b[${SGR[tone]}m${text}\u001b[0m`;

/** Colour on a terminal only; NO_COLOR (no-color.org) and TERM=dumb switch it off, FORCE_COLOR on (CI logs). */
export function paintFor(stream: NodeJS.WritableStream, env: CommandIo["env"]): Paint {
  if (env["NO_COLOR"] || env["TERM"] === "dumb") return plain;
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  return forced || (stream as { isTTY?: boolean }).isTTY === true ? coloured : plain;
}

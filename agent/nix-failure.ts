import { type ErrorCode, NixwaveError } from "../src/contract/index.ts";

/** What Nix says when a pull fails, first match wins; the exit code is always 1. Texts of Nix 2.8, some newer. */
const SIGNS: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /No space left on device|database or disk is full|aborting transaction: SQL logic error/,
    "disk-full",
  ],
  [/is not signed by any of the keys|lacks a (?:valid )?signature/, "closure-untrusted"],
  [
    /hash mismatch importing path|Corrupted input data|failed to read compressed data|input compression not recognized|bad archive|NAR for .* is incomplete|NAR info file .* is corrupt|was modified!/,
    "closure-corrupt",
  ],
  [
    /does not appear to be a binary cache|HTTP error 40[137]|is for Nix stores with prefix|asked .* for .* but got/,
    "cache-unusable",
  ],
  [/file 'nar\/.*' does not exist in binary cache/, "closure-missing"],
  [
    /Couldn't resolve host|Couldn't connect|Could not (?:resolve|connect)|Timeout was reached|Transferred a partial file|Server returned nothing|HTTP error 5\d\d|Connection reset|SSL/i,
    "cache-unreachable",
  ],
  [
    /don't know how to build these paths|there is no substituter that can build it|is not valid/,
    "closure-missing",
  ],
];

const SHOWN_CHARACTERS = 600;

/** @param stderr without colours, of a Nix command that failed */
export function nixFailure(command: string, stderr: string, timedOut: boolean): NixwaveError {
  if (timedOut) return new NixwaveError("pull-too-slow", `${command} took too long`);
  const [sign, code] = SIGNS.find(([one]) => one.test(stderr)) ?? [/^error:/, "nix-failed"];
  return new NixwaveError(code, `${command}: ${sentence(stderr, sign)}`);
}

/** The line that says why, with the indented ones that belong to it. */
function sentence(stderr: string, sign: RegExp): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const from = lines.findIndex((line) => sign.test(line));
  if (from < 0) return lines.at(-1)?.trim() ?? "it said nothing";
  const rest = lines.slice(from + 1);
  const until = rest.findIndex((line) => !line.startsWith(" "));
  const said = [lines[from], ...rest.slice(0, until < 0 ? rest.length : until)].join(" ");
  return said.replace(/\s+/g, " ").trim().slice(0, SHOWN_CHARACTERS);
}

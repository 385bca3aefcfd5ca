import { type ErrorCode, NixwaveError } from "../../src/contract/index.ts";

/** How a Nix command ended that did not do its work. */
export interface NixEnd {
  readonly command: string;
  /** What it said, without colours. */
  readonly text: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Who stopped it: our time limit, our stall watchdog, our caller. */
  readonly stopped: "limit" | "stall" | "asked" | null;
}

/** Who was asked and trusted, for the message. */
export interface PullContext {
  readonly caches: readonly string[];
  readonly keyNames: readonly string[];
}

interface Sign {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  /** What to do, said after Nix's own sentence. */
  readonly advice: (context: PullContext) => string;
}

const asked = ({ caches }: PullContext): string => `asked: ${caches.join(", ") || "no cache"}`;
const trusted = ({ keyNames }: PullContext): string =>
  `this host trusts ${keyNames.join(", ") || "no cache key"}`;
const BUSY = /constraint failed|is busy|database is locked|unexpected end-of-file|waiting for lock/;

/** Texts of Nix 2.8 and newer; the exit code is always 1, and the first match wins. */
const SIGNS: readonly Sign[] = [
  {
    pattern:
      /No space left on device|Disk quota exceeded|database or disk is full|aborting transaction: SQL logic error/,
    code: "disk-full",
    advice: () => "free space on the host with nix-collect-garbage -d",
  },
  {
    pattern: /is not signed by any of the keys|lacks a (?:valid )?signature/,
    code: "closure-untrusted",
    advice: trusted,
  },
  {
    pattern:
      /hash mismatch importing path|Corrupted input data|failed to read compressed data|failed to decompress|input compression not recognized|bad archive|NAR for .* is incomplete|NAR info file .* is corrupt|was modified!/,
    code: "closure-corrupt",
    advice: (context) =>
      `the cache's disk is damaged, or something between answers in its name; ${asked(context)}`,
  },
  {
    pattern: /HTTP error (?:401|403|407)/,
    code: "cache-login-refused",
    advice: () => "check the host's netrc file",
  },
  { pattern: /is for Nix stores with prefix/, code: "cache-wrong-store", advice: asked },
  {
    pattern:
      /does not appear to be a binary cache|asked '.*' for '.*' but got|HTTP error 4(?!08|29|04)\d\d|unknown compression method|is too short to be a valid store path|illegal base-32|is not in the Nix store/,
    code: "cache-unusable",
    advice: asked,
  },
  {
    pattern: /file 'nar\/.*' does not exist in binary cache/,
    code: "closure-missing",
    advice: () =>
      "the cache knows the path but has lost its content, or refuses it to this login: push it again, check the netrc file",
  },
  {
    pattern:
      /Could(?:n't| not) (?:resolve|connect)|Timeout was reached|Transferred a partial file|Server returned nothing|HTTP error (?:5\d\d|408|429)|[Cc]onnection (?:reset|refused|timed out)|Recv failure|Failure when receiving data|SSL (?:connect|peer|CA|certificate)|Problem with the SSL/,
    code: "cache-unreachable",
    advice: asked,
  },
  { pattern: BUSY, code: "nix-busy", advice: () => "another Nix process held it" },
  {
    pattern:
      /don't know how to build these paths|there is no substituter that can build it|is not valid/,
    code: "closure-missing",
    advice: (context) =>
      `no cache has it: push the whole closure (nix copy --to); ${asked(context)}`,
  },
  {
    pattern: /interrupted by the user/,
    code: "pull-interrupted",
    advice: () => "somebody stopped Nix",
  },
];

const SHOWN_CHARACTERS = 600;
const LAST_LINES = 20;
// A path's name may hold the words of a sign: openssl-3.0 is no failure of TLS.
const STORE_NAME = /(\/nix\/store\/[0-9a-z]{32})-[0-9A-Za-z+\-._?=]+/g;
const LOGIN = /(\/\/)[^/\s'@]+@/g;

/** A cache's address without the login in it: messages travel over MQTT. */
export const withoutLogin = (text: string): string => text.replace(LOGIN, "$1");

/** The one failure that `end` was, in a sentence that names path, cache and way out. */
export function nixFailure(end: NixEnd, context: PullContext): NixwaveError {
  const { command, text } = end;
  const masked = text.replace(STORE_NAME, "$1");
  const stopped = stopOf(end, masked);
  if (stopped) return new NixwaveError(...stopped);
  const sign = SIGNS.find(({ pattern }) => pattern.test(masked));
  if (sign) {
    const said = sentence(text, sign.pattern);
    const message = `${command}: ${said}; ${sign.advice(context)}`;
    return new NixwaveError(sign.code, withoutLogin(message));
  }
  if (end.signal !== null) {
    const message = `${command} was ended by ${end.signal} (a person, or the kernel for lack of memory)`;
    return new NixwaveError("pull-interrupted", message);
  }
  const last = text.trim().split("\n").slice(-LAST_LINES).join("\n").slice(-SHOWN_CHARACTERS);
  return new NixwaveError("nix-failed", withoutLogin(`${command}: ${last || "it said nothing"}`));
}

/** Nix waits for another's lock without end and only warns: then that, not the network, is why it stood still. */
function stopOf(end: NixEnd, masked: string): [ErrorCode, string] | null {
  const { command, stopped } = end;
  if (stopped === null) return null;
  if (stopped === "asked") return ["pull-interrupted", `${command} was stopped: no longer wanted`];
  if (BUSY.test(masked)) {
    return ["nix-busy", `${command} waited in vain: ${sentence(end.text, BUSY)}`];
  }
  return stopped === "limit"
    ? ["pull-too-slow", `${command} did not finish in the time allowed; what came is kept`]
    : ["pull-stalled", `${command}: no byte came for too long; what came is kept`];
}

/** The line that says why, with the indented ones that belong to it. */
function sentence(text: string, sign: RegExp): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const from = lines.findIndex((line) => sign.test(line.replace(STORE_NAME, "$1")));
  const rest = lines.slice(from + 1);
  const until = rest.findIndex((line) => !line.startsWith(" "));
  const said = [lines[from], ...rest.slice(0, until < 0 ? rest.length : until)].join(" ");
  return said.replace(/\s+/g, " ").trim().slice(0, SHOWN_CHARACTERS);
}

import { type DurationMs, NixwaveError, parseDuration } from "../../src/contract/index.ts";
import type { NodeConfig } from "../runtime/red.ts";

export interface AskPolicy {
  /** Null: it waits as long as the step does. */
  readonly waitsFor: DurationMs | null;
  /** Where a question that nobody answered goes; never to `approved`: no answer is no yes. */
  readonly onExpiry: "expired" | "refused";
  readonly text: string;
}

/** Timers of Node.js overflow at 2^31 ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** @throws NixwaveError invalid-instant | invalid-field */
export function parseAskPolicy(config: NodeConfig): AskPolicy {
  const waits = String(config["waitsFor"] ?? "").trim();
  const waitsFor = waits === "" ? null : parseDuration(waits);
  if (waitsFor !== null && (waitsFor < 1000 || waitsFor > LONGEST_MS)) {
    throw new NixwaveError("invalid-field", `${waits} is not between 1s and 24d`);
  }
  return {
    waitsFor,
    onExpiry: config["onExpiry"] === "refused" ? "refused" : "expired",
    text: String(config["text"] ?? "").slice(0, 300),
  };
}

const YES: ReadonlySet<string> = new Set(["approve", "approved", "yes", "true", "on", "ok"]);
const NO: ReadonlySet<string> = new Set(["refuse", "refused", "no", "false", "off", "deny"]);

/** Null for what is no answer: silence and unknown words are neither yes nor no. */
export function answerIn(payload: unknown): boolean | null {
  if (typeof payload !== "string" && typeof payload !== "boolean") return null;
  const word = String(payload).trim().toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : null;
}

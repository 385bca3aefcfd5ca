import { ERRORS } from "../contract/index.ts";
import { REASONS, type Reason, type ReasonCode, saidReason } from "./reason.ts";
import { reason } from "./reason-shape.ts";

const UNSENDABLE = /[^\P{Cc}\n\t]|[\p{Cs}\p{Bidi_Control}]/gu;

/** A reason in the plain English of the wire (`rollout/status`), which takes no control characters; empty for none. */
export const plainReason = (why: Reason | null): string =>
  why === null ? "" : spell(why).replace(UNSENDABLE, " ");

function spell(why: Reason): string {
  const values: Readonly<Record<string, Reason | string>> = why;
  return REASONS[why.code].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] as Reason | string;
    return typeof value === "string" ? value : spell(value);
  });
}

const patternOf = (text: string): RegExp =>
  new RegExp(`^${text.replace(/\{(\w+)\}/g, "(?<$1>[^]+?)")}$`);
/** `said` reads everything: it is what is left. */
const PATTERNS = Object.entries(REASONS)
  .filter(([code]) => code !== "said")
  .map(([code, text]) => [code as ReasonCode, patternOf(text)] as const);

/**
 * The way back from `plainReason`, for a hub that has lost its journal or reads an old one; what is no text of the
 * table is somebody's own words. Null for an empty text.
 */
export function readReason(plain: string): Reason | null {
  for (const [code, pattern] of PATTERNS) {
    const match = pattern.exec(plain);
    if (!match) continue;
    const { because, ...params } = match.groups ?? {};
    const read = { code, ...params, ...(because ? { because: readReason(because) } : {}) };
    if (isReason(read)) return read;
  }
  return saidReason(plain);
}

/** Any word looks like a code: only one that has a meaning is one. */
function isReason(read: { readonly code: string; readonly error?: string }): read is Reason {
  if (read.error !== undefined && !Object.hasOwn(ERRORS, read.error)) return false;
  try {
    reason(read, "");
    return true;
  } catch {
    return false;
  }
}

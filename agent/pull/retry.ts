import type { ErrorCode } from "../../src/contract/index.ts";

interface Rule {
  /** How often it is tried again; Infinity for as long as the attempt lives. */
  readonly tries: number;
  readonly firstMs: number;
}

const SECOND_MS = 1000;
const LONGEST_MS = 600_000;
const FOR_EVER = Number.POSITIVE_INFINITY;

/** What may pass by itself. Everything else needs a person: trying again would only hide it. */
const RULES: Partial<Record<ErrorCode, Rule>> = {
  "cache-unreachable": { tries: FOR_EVER, firstMs: 10 * SECOND_MS },
  "pull-stalled": { tries: FOR_EVER, firstMs: 10 * SECOND_MS },
  "pull-too-slow": { tries: FOR_EVER, firstMs: 30 * SECOND_MS }, // resumes: it does come to an end
  "pull-interrupted": { tries: FOR_EVER, firstMs: SECOND_MS },
  "nix-busy": { tries: FOR_EVER, firstMs: SECOND_MS },
  "closure-missing": { tries: 5, firstMs: 30 * SECOND_MS }, // CI may still be pushing
  "closure-corrupt": { tries: 1, firstMs: 30 * SECOND_MS },
  "nix-failed": { tries: 1, firstMs: 10 * SECOND_MS },
};

/** Whether a pull that failed so may succeed without anybody's help. */
export const isWorthRetrying = (code: ErrorCode): boolean => RULES[code] !== undefined;

/**
 * How long to wait before the next try, in ms: doubled each time, at most 10 minutes.
 * @param tries how often the pull has failed so far, 1 or more
 * @returns null when it is not to be tried again
 */
export function retryDelayMs(code: ErrorCode, tries: number): number | null {
  const rule = RULES[code];
  if (rule === undefined || tries > rule.tries) return null;
  return Math.min(LONGEST_MS, rule.firstMs * 2 ** (Math.max(1, tries) - 1));
}

export interface ReconnectPace {
  /** Longest wait before the first try, in ms. */
  readonly firstMs: number;
  /** Longest wait before any try, in ms. */
  readonly maxMs: number;
}

export const DEFAULT_PACE: ReconnectPace = { firstMs: 500, maxMs: 30_000 };

/**
 * How long to wait before the next try, in ms: doubles up to `maxMs`, and half of it is chance, so
 * that the hosts of a home do not return to a restarted broker in step.
 * @param failures connections that failed or ended early, in a row
 * @param chance 0 to 1
 */
export function reconnectDelayMs(pace: ReconnectPace, failures: number, chance: number): number {
  const longestMs = Math.min(pace.maxMs, pace.firstMs * 2 ** Math.min(failures, 30));
  return Math.round(longestMs * (0.5 + 0.5 * chance));
}

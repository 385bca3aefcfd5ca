/** A job that sleeps costs its minutes: longer rests are a failure that says until when. */
const LONGEST_WAIT_MS = 120_000;
const FIRST_WAIT_MS = 1000;

/**
 * How long to wait before the next try: `retry-after` in seconds, else until `x-ratelimit-reset` (Unix seconds) when nothing
 * remains, else 1 s, 2 s, 4 s (docs.github.com/rest, "Rate limits for the REST API").
 * @param headers of the answer; null when there was none
 * @param tried how often it was tried already, from 1
 * @returns milliseconds; null when GitHub asks for more than two minutes
 */
export function waitBeforeNext(
  headers: Headers | null,
  tried: number,
  nowMs: number,
): number | null {
  const asked = askedBy(headers, nowMs) ?? FIRST_WAIT_MS * 2 ** (tried - 1);
  return asked > LONGEST_WAIT_MS ? null : asked;
}

function askedBy(headers: Headers | null, nowMs: number): number | null {
  const after = headers?.get("retry-after") ?? "";
  if (/^\d{1,9}$/.test(after)) return Number(after) * 1000;
  const reset = headers?.get("x-ratelimit-reset") ?? "";
  if (headers?.get("x-ratelimit-remaining") !== "0" || !/^\d{1,12}$/.test(reset)) return null;
  return Math.max(0, Number(reset) * 1000 - nowMs);
}

import { describe, expect, it } from "vitest";
import { isWorthRetrying, retryDelayMs } from "../../agent/pull/retry.ts";

describe("a pull that failed", () => {
  it("is tried again for ever while the cache may come back, ever more rarely, at least every 10 minutes", () => {
    const delays = [1, 2, 3, 50].map((tries) => retryDelayMs("cache-unreachable", tries));
    expect(delays).toEqual([10_000, 20_000, 40_000, 600_000]);
  });

  it("is tried a few times while CI may still be pushing, and once when the cache sent damaged bytes", () => {
    expect(retryDelayMs("closure-missing", 5)).not.toBeNull();
    expect(retryDelayMs("closure-missing", 6)).toBeNull();
    expect(retryDelayMs("closure-corrupt", 1)).not.toBeNull();
    expect(retryDelayMs("closure-corrupt", 2)).toBeNull();
  });

  it.each([
    "closure-untrusted",
    "closure-unsigned-here",
    "cache-not-configured",
    "cache-login-refused",
    "disk-full",
    "space-too-small",
    "nar-hash-mismatch",
    "agent-without-common-key",
  ] as const)("waits for a person after %s", (code) => {
    expect(isWorthRetrying(code)).toBe(false);
    expect(retryDelayMs(code, 1)).toBeNull();
  });
});

import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_PACE, reconnectDelayMs } from "../../src/bus/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";

/**
 * What no waiting repairs: the configuration itself. All else is tried for ever, a wrong password, a
 * certificate that is not valid yet and a TLS handshake that breaks included: permissions get repaired,
 * a Pi boots with no clock, and a broker that goes down in the middle of a handshake comes back.
 */
const FINAL: readonly string[] = ["invalid-client-id", "tls-material-invalid", "secret-exposed"];

interface Patience {
  readonly say: (line: string) => void;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * Repeats `open` with growing, jittered waits until it succeeds. One that is under way when the signal comes is not
 * waited for: a broker that swallows packets must not hold the end of the unit up.
 * @throws NixwaveError what is final; what the signal says
 */
export async function openPatiently<T>(
  open: () => Promise<T>,
  { say, signal }: Patience,
): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  givenUp.catch(() => undefined);
  signal.addEventListener("abort", () => reject(signal.reason));
  for (let failures = 0; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await Promise.race([open(), givenUp]);
    } catch (error) {
      if (!(error instanceof NixwaveError) || FINAL.includes(error.code)) throw error;
      const waitMs = reconnectDelayMs(DEFAULT_PACE, failures, Math.random());
      say(`not connected: ${error.code}: ${error.message}; next try in ${waitMs} ms`);
      await delay(waitMs, undefined, { signal });
    }
  }
}

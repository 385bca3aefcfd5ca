import { NixwaveError, type Topic } from "../contract/index.ts";
import type { Line } from "./line.ts";
import { pause, subscribeTo } from "./reader.ts";

interface Wanted {
  readonly topic: Topic;
  readonly bytes: Uint8Array;
  readonly timeoutMs: number;
}

/** What the broker holds, as far as it was seen. */
type Seen = "nothing" | "other" | "wanted";

/**
 * Resolves when a fresh subscription shows exactly `bytes` retained. PUBACK is not waited for: both
 * aedes and mosquitto acknowledge what they then drop.
 * @param handedOver the hand-over of the message; its failure is this function's failure
 * @throws NixwaveError publish-not-kept | broker-unreachable, or what `handedOver` rejects with
 */
export async function confirmRetained(
  line: Line,
  wanted: Wanted,
  handedOver: Promise<void>,
): Promise<void> {
  const expired = new AbortController();
  const timer = setTimeout(() => expired.abort(), wanted.timeoutMs);
  let sent = false;
  const failed = handedOver.then(
    () => {
      sent = true;
      return new Promise<never>(() => undefined);
    },
    (error: unknown) => Promise.reject(error),
  );
  failed.catch(() => undefined);
  try {
    const seen = await Promise.race([failed, look(line, wanted, expired.signal)]);
    if (seen !== "wanted") throw notKept(wanted, seen, sent);
  } finally {
    clearTimeout(timer);
    expired.abort();
  }
}

function notKept({ topic, bytes, timeoutMs }: Wanted, seen: Seen, sent: boolean): NixwaveError {
  if (!sent) {
    return new NixwaveError(
      "broker-unreachable",
      `${topic} could not be handed over within ${timeoutMs} ms`,
      { where: topic },
    );
  }
  const instead = seen === "other" ? "another message is" : "nothing is";
  return new NixwaveError(
    "publish-not-kept",
    `${topic} (${bytes.byteLength} bytes) was sent, but after ${timeoutMs} ms ${instead} retained there`,
    { where: topic },
  );
}

/** Looks until it is there or `signal` says that the time is up; a lost reader is replaced. */
async function look(line: Line, wanted: Wanted, signal: AbortSignal): Promise<Seen> {
  let seen: Seen = "nothing";
  while (!signal.aborted && seen !== "wanted") {
    try {
      seen = await lookOnce(line, wanted, signal);
    } catch (error) {
      if (!(error instanceof NixwaveError && error.code.startsWith("broker-"))) throw error;
      if (!signal.aborted) await pause(RETRY_MS);
    }
  }
  return seen;
}

/** Between two readers, in ms. */
const RETRY_MS = 200;
/** Between two looks, in ms: at first short, then longer; absence sends no event to wait for. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 500;

async function lookOnce(
  line: Line,
  { topic, bytes, timeoutMs }: Wanted,
  signal: AbortSignal,
): Promise<Seen> {
  let seen: Seen = "nothing";
  let wake: () => void = () => undefined;
  const reader = await line.openReader(timeoutMs, (arrival) => {
    if (arrival.retained) seen = Buffer.compare(arrival.bytes, bytes) === 0 ? "wanted" : "other";
    wake(); // a live copy proves nothing, but now is the moment to look again
  });
  signal.addEventListener("abort", () => wake(), { once: true });
  try {
    for (let lookMs = FIRST_LOOK_MS; !signal.aborted; lookMs *= 2) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await subscribeTo(reader, topic);
      const timer = setTimeout(wake, Math.min(lookMs, LONGEST_LOOK_MS));
      await woken;
      clearTimeout(timer);
      if ((seen as Seen) === "wanted") break;
    }
    return seen;
  } finally {
    await reader.end(0);
  }
}

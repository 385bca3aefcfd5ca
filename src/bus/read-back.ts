import { randomBytes } from "node:crypto";
import { NixwaveError, type Topic } from "../contract/index.ts";
import { type Arrival, type Connection, connect } from "./connection.ts";
import type { BusSettings } from "./options.ts";

export const DEFAULT_QUIET_MS = 100;
/** SUBACK's code for a filter that the broker refuses (MQTT 3.1.1, 3.9.3). */
const REFUSED = 0x80;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A second connection, without will: on the first one a QoS 0 subscription would replace a QoS 1
 * subscription to the same filter (MQTT 3.8.4-3), and its retained copies would reach everybody.
 */
function openReader(
  settings: BusSettings,
  timeoutMs: number,
  onMessage: (arrival: Arrival) => void,
): Promise<Connection> {
  const { connection } = settings;
  return connect({
    ...connection,
    clientId: `${connection.clientId}-read-${randomBytes(4).toString("hex")}`,
    will: undefined,
    connectTimeoutMs: Math.max(1, Math.min(connection.connectTimeoutMs, timeoutMs)),
    onMessage,
  });
}

async function subscribeTo(connection: Connection, filter: string): Promise<void> {
  const [granted = REFUSED] = await connection.subscribe([filter], 0);
  if (granted < REFUSED) return;
  throw new NixwaveError("subscription-refused", `the broker refuses ${filter}`, { where: filter });
}

/**
 * Every retained message that matches `filter`, the latest per topic. MQTT has no end mark, and
 * brokers differ: complete means SUBACK, then silence for `quietMs`, then a PINGREQ answered with
 * still nothing between. A slow network or broker delays the answer too, so it is waited for.
 * @throws NixwaveError snapshot-incomplete | subscription-refused, or as `connect`
 */
export async function readRetained(
  settings: BusSettings,
  filter: string,
  { timeoutMs, quietMs }: { readonly timeoutMs: number; readonly quietMs: number },
): Promise<readonly Arrival[]> {
  const found = new Map<string, Arrival>();
  let copies = 0;
  const reader = await openReader(settings, timeoutMs, (arrival) => {
    if (arrival.retained) copies += 1;
    // A message published meanwhile is newer than the stored copy, whichever comes first.
    if (arrival.retained && found.get(arrival.topic)?.retained === false) return;
    found.set(arrival.topic, arrival);
  });
  const timer = setTimeout(() => void reader.end(0), timeoutMs);
  try {
    await subscribeTo(reader, filter);
    for (let before = -1; before !== copies; ) {
      before = copies;
      await pause(quietMs);
      if (before === copies) await reader.ping();
    }
    return [...found.values()].map((arrival) => ({ ...arrival, retained: true }));
  } catch (error) {
    if (!(error instanceof NixwaveError && error.code === "broker-lost")) throw error;
    throw new NixwaveError(
      "snapshot-incomplete",
      `${found.size} retained messages of ${filter} within ${timeoutMs} ms, and no end`,
      { where: filter, cause: error },
    );
  } finally {
    clearTimeout(timer);
    await reader.end(0);
  }
}

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
  settings: BusSettings,
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
    const seen = await Promise.race([failed, look(settings, wanted, expired.signal)]);
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
async function look(settings: BusSettings, wanted: Wanted, signal: AbortSignal): Promise<Seen> {
  let seen: Seen = "nothing";
  while (!signal.aborted && seen !== "wanted") {
    try {
      seen = await lookOnce(settings, wanted, signal);
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
  settings: BusSettings,
  { topic, bytes, timeoutMs }: Wanted,
  signal: AbortSignal,
): Promise<Seen> {
  let seen: Seen = "nothing";
  let wake: () => void = () => undefined;
  const reader = await openReader(settings, timeoutMs, (arrival) => {
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

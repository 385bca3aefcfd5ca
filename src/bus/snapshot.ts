import { instant, NixwaveError, type TopicBase, type WireKind } from "../contract/index.ts";
import type { SnapshotOptions } from "./bus.ts";
import type { BusEvent } from "./bus-event.ts";
import type { Arrival } from "./connection.ts";
import type { Line } from "./line.ts";
import { pause, subscribeTo } from "./reader.ts";
import { type Filter, type Message, mqttFilter, readMessage } from "./subscriptions.ts";

const DEFAULT_QUIET_MS = 100;

interface SnapshotParts {
  readonly line: Line;
  readonly base: TopicBase;
  readonly log: (event: BusEvent) => void;
}

/** All retained messages of a kind; what the contract refuses is logged and left out. */
export async function takeSnapshot<K extends WireKind>(
  { line, base, log }: SnapshotParts,
  kind: K,
  { timeoutMs, quietMs = DEFAULT_QUIET_MS }: SnapshotOptions,
): Promise<readonly Message<K>[]> {
  const filter = mqttFilter(base, { kind } as Filter<WireKind>);
  const arrivals = await readRetained(line, filter, { timeoutMs, quietMs });
  const receivedAt = instant(Date.now());
  return arrivals.flatMap((arrival) => {
    const read = readMessage(base, arrival, receivedAt);
    if (read.outcome === "message") return [read.message as unknown as Message<K>];
    if (read.outcome === "refused") {
      log({ event: "message-refused", topic: arrival.topic, error: read.error });
    }
    return [];
  });
}

/**
 * Every retained message that matches `filter`, the latest per topic. MQTT has no end mark, and
 * brokers differ: complete means SUBACK, then silence for `quietMs`, then a PINGREQ answered with
 * still nothing between. A slow network or broker delays the answer too, so it is waited for.
 * @throws NixwaveError snapshot-incomplete | subscription-refused, or as `connect`
 */
async function readRetained(
  line: Line,
  filter: string,
  { timeoutMs, quietMs }: { readonly timeoutMs: number; readonly quietMs: number },
): Promise<readonly Arrival[]> {
  const found = new Map<string, Arrival>();
  let copies = 0;
  const reader = await line.openReader(timeoutMs, (arrival) => {
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

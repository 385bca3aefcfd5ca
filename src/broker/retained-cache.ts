import type { RetainedMessage, RetainedStore } from "./retained-store.ts";
import { matches } from "./topic-filter.ts";

/** What the broker may keep for the topics of its clients, so that none of them fills memory or disk. */
export interface RetainedLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export const RETAINED_LIMITS: RetainedLimits = { maxMessages: 20_000, maxBytes: 64 * 1024 * 1024 };

/** The retained messages that readers see. */
export interface RetainedCache {
  /**
   * Resolves when the message survives the process and readers see it; false when there is no room for it.
   * All that arrives in one turn of the event loop shares one transaction.
   * @throws NixwaveError broker-state-failed
   */
  keep(message: RetainedMessage): Promise<boolean>;
  /** Resolves when all that was kept until now survives a power cut. @throws NixwaveError broker-state-failed */
  durable(): Promise<void>;
  match(filter: string): Iterable<RetainedMessage>;
  /** Writes what is pending. Nothing may be kept afterwards. */
  flush(): void;
}

interface Pending {
  readonly message: RetainedMessage;
  readonly resolve: (hasRoom: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** `store` null keeps everything in memory only. */
export function openRetainedCache(
  store: RetainedStore | null,
  limits: RetainedLimits = RETAINED_LIMITS,
): RetainedCache {
  const seen = new Map((store?.load() ?? []).map((message) => [message.topic, message]));
  let bytes = [...seen.values()].reduce((sum, message) => sum + sizeOf(message), 0);
  let pending: Pending[] = [];

  // Readers see a message only after the store has it: what was read back must survive SIGKILL.
  const flush = (): void => {
    const batch = pending;
    pending = [];
    const newest = new Map(batch.map(({ message }) => [message.topic, message]));
    const fit = fitting(seen, [...newest.values()], bytes, limits);
    try {
      if (fit.changes.length > 0) store?.write(fit.changes);
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    bytes = fit.bytes;
    for (const message of fit.changes) apply(seen, message);
    for (const { message, resolve } of batch) resolve(!fit.refused.has(message.topic));
  };
  return {
    keep: (message) =>
      new Promise((resolve, reject) => {
        if (pending.length === 0) setImmediate(flush);
        pending.push({ message, resolve, reject });
      }),
    durable: async () => store?.durable(),
    match: (filter) => matching(seen, filter),
    flush,
  };
}

function apply(seen: Map<string, RetainedMessage>, message: RetainedMessage): void {
  if (message.payload.byteLength === 0) seen.delete(message.topic);
  else seen.set(message.topic, message);
}

/** Which of `wanted` change anything and still fit; `bytes` is what is kept before and after. */
function fitting(
  seen: ReadonlyMap<string, RetainedMessage>,
  wanted: readonly RetainedMessage[],
  bytes: number,
  limits: RetainedLimits,
) {
  const changes: RetainedMessage[] = [];
  const refused = new Set<string>();
  let total = { messages: seen.size, bytes };
  for (const message of wanted) {
    const old = seen.get(message.topic);
    if (isSame(message, old)) continue;
    const isRemoval = message.payload.byteLength === 0;
    const next = {
      messages: total.messages - (old ? 1 : 0) + (isRemoval ? 0 : 1),
      bytes: total.bytes - sizeOf(old) + (isRemoval ? 0 : sizeOf(message)),
    };
    if (!isRemoval && (next.messages > limits.maxMessages || next.bytes > limits.maxBytes)) {
      refused.add(message.topic);
      continue;
    }
    total = next;
    changes.push(message);
  }
  return { changes, refused, bytes: total.bytes };
}

function* matching(
  seen: ReadonlyMap<string, RetainedMessage>,
  filter: string,
): Generator<RetainedMessage> {
  if (!/[+#]/.test(filter)) {
    const exact = seen.get(filter);
    if (exact) yield exact;
    return;
  }
  for (const message of seen.values()) {
    if (matches(filter, message.topic)) yield message;
  }
}

const sizeOf = (message: RetainedMessage | undefined): number =>
  message ? message.topic.length + message.payload.byteLength : 0;

/** Unchanged state is not written again: sensors repeat themselves, and SD cards wear. */
function isSame(message: RetainedMessage, kept: RetainedMessage | undefined): boolean {
  if (!kept) return message.payload.byteLength === 0;
  return message.qos === kept.qos && Buffer.compare(message.payload, kept.payload) === 0;
}

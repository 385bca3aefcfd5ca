import { Readable } from "node:stream";
import type { Packet } from "aedes-persistence";
import MemoryPersistence from "aedes-persistence/asyncPersistence.js";
import type { RetainedCache } from "./retained-cache.ts";
import type { RetainedMessage } from "./retained-store.ts";

/**
 * aedes's own in-memory persistence for what ends with a connection (QoS 2 handshakes, wills), and the
 * retained cache for reading. Sessions are always clean here, so nobody has a queue. The methods between
 * aedes's numbering of a message and its delivery answer at once: a message that another overtakes
 * there would be dropped as a duplicate (aedes lib/client.js, dedupe).
 */
export class SessionPersistence extends MemoryPersistence {
  readonly #retained: RetainedCache;

  readonly #failed: (error: Error) => void;

  /** `failed` hears why retained messages are not handed out. */
  constructor(retained: RetainedCache, failed: (error: Error) => void) {
    super();
    this.#retained = retained;
    this.#failed = failed;
  }

  /** Already kept: see the publish hook. */
  override storeRetained(): PromiseLike<void> {
    return atOnce(undefined);
  }

  override subscriptionsByTopic(): PromiseLike<readonly never[]> {
    return atOnce([]);
  }

  override outgoingEnqueueCombi(): PromiseLike<void> {
    return atOnce(undefined);
  }

  /** With nobody's queue to search; the inherited one leaves an entry per client id for ever. */
  override outgoingClearMessageId(): PromiseLike<undefined> {
    return atOnce(undefined);
  }

  override createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  override createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.#packetsFor(filters));
  }

  /** What is read back survives a power cut; what the disk did not take is not shown as kept. */
  async *#packetsFor(filters: readonly string[]) {
    try {
      await this.#retained.durable();
    } catch (error) {
      this.#failed(error as Error);
      return;
    }
    for (const filter of filters) {
      for (const message of this.#retained.match(filter)) yield packetOf(message);
    }
  }
}

function packetOf({ topic, payload, qos }: RetainedMessage) {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    cmd: "publish",
    topic,
    payload: bytes,
    qos,
    retain: true,
    dup: false,
  } satisfies Partial<Packet>;
}

/** A promise's `then` without its wait; aedes uses nothing else of it. */
function atOnce<T>(value: T): PromiseLike<T> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: being a thenable is its purpose
    then: <R, E>(onValue?: ((value: T) => R | PromiseLike<R>) | null) => {
      const result = onValue ? onValue(value) : (value as unknown as R);
      return Promise.resolve(result) as PromiseLike<R | E>;
    },
  } as PromiseLike<T>;
}

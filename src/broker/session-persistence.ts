import { Readable } from "node:stream";
import type { PublishPacket } from "aedes";
import type { Packet } from "aedes-persistence";
import MemoryPersistence from "aedes-persistence/asyncPersistence.js";
import type { RetainedCache } from "./retained-cache.ts";
import type { RetainedMessage } from "./retained-store.ts";

type RetainedPacket = Pick<PublishPacket, "topic" | "payload" | "qos">;

/**
 * aedes's own in-memory persistence for everything that ends with a connection, and the retained cache
 * for what must outlive the process. Sessions are always clean here, so no queue can grow.
 */
export class SessionPersistence extends MemoryPersistence {
  readonly #retained: RetainedCache;
  readonly #onFull: (topic: string) => void;
  /** Clients with a queue: aedes's clearing of a message id otherwise leaves an entry per client id for ever. */
  readonly #queued = new Set<string>();

  constructor(retained: RetainedCache, onFull: (topic: string) => void) {
    super();
    this.#retained = retained;
    this.#onFull = onFull;
  }

  override async storeRetained({ topic, payload, qos }: RetainedPacket): Promise<void> {
    // Copied: the payload is a slice of the socket's buffer, which it would keep alive.
    const bytes = Uint8Array.prototype.slice.call(Buffer.from(payload));
    if (!(await this.#retained.keep({ topic, payload: bytes, qos }))) this.#onFull(topic);
  }

  override createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  override createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(packetsFor(this.#retained, filters));
  }

  override async outgoingEnqueue(sub: { clientId: string }, packet: Packet): Promise<void> {
    await this.outgoingEnqueueCombi([sub], packet);
  }

  override async outgoingEnqueueCombi(
    subs: readonly { clientId: string }[],
    packet: Packet,
  ): Promise<void> {
    for (const { clientId } of subs) this.#queued.add(clientId);
    await super.outgoingEnqueueCombi(subs, packet);
  }

  override async outgoingClearMessageId(
    client: { readonly id: string },
    packet: Packet,
  ): Promise<Packet | undefined> {
    return this.#queued.has(client.id) ? super.outgoingClearMessageId(client, packet) : undefined;
  }
}

function* packetsFor(retained: RetainedCache, filters: readonly string[]) {
  for (const filter of filters) {
    for (const message of retained.match(filter)) yield packetOf(message);
  }
}

const packetOf = ({ topic, payload, qos }: RetainedMessage) => ({
  cmd: "publish" as const,
  topic,
  payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
  qos,
  retain: true,
  dup: false,
});

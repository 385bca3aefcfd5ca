// aedes-persistence declares its class in types/ but not beside the module that exports it.
declare module "aedes-persistence/asyncPersistence.js" {
  import type { Readable } from "node:stream";
  import type { PublishPacket } from "aedes";
  import type { Packet, WillPacket } from "aedes-persistence";

  interface SessionOwner {
    readonly id: string;
  }

  class MemoryPersistence {
    setup(broker: unknown): Promise<void>;
    storeRetained(packet: Pick<PublishPacket, "topic" | "payload" | "qos">): Promise<void>;
    createRetainedStream(pattern: string): Readable;
    createRetainedStreamCombi(patterns: readonly string[]): Readable;
    outgoingEnqueue(sub: { readonly clientId: string }, packet: Packet): Promise<void>;
    outgoingEnqueueCombi(
      subs: readonly { readonly clientId: string }[],
      packet: Packet,
    ): Promise<void>;
    outgoingClearMessageId(client: SessionOwner, packet: Packet): Promise<Packet | undefined>;
    outgoingStream(client: SessionOwner): Readable;
    streamWill(brokers?: Readonly<Record<string, number>>): AsyncIterable<WillPacket>;
    destroy(): Promise<void>;
  }
  export = MemoryPersistence;
}

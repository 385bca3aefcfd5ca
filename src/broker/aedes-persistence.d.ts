// aedes-persistence declares its class in types/ but not beside the module that exports it. Only what
// src/broker/session-persistence.ts overrides is declared here.
declare module "aedes-persistence/asyncPersistence.js" {
  import type { Readable } from "node:stream";

  class MemoryPersistence {
    storeRetained(packet: object): PromiseLike<void>;
    subscriptionsByTopic(topic: string): PromiseLike<readonly object[]>;
    outgoingEnqueueCombi(subs: readonly object[], packet: object): PromiseLike<void>;
    outgoingClearMessageId(client: object, packet: object): PromiseLike<object | undefined>;
    createRetainedStream(filter: string): Readable;
    createRetainedStreamCombi(filters: readonly string[]): Readable;
  }
  export = MemoryPersistence;
}

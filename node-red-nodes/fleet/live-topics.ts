import type { HubBus } from "../../src/conductor/index.ts";
import type { CoreBrokerNode } from "./core-broker-node.ts";
import { overhear } from "./overhear.ts";
import { type SeenTopic, SeenTopics } from "./seen-topics.ts";

/** Whoever types asks again with each letter. */
const FRESH_MS = 15_000;

/** Topics that are alive on the broker: what the gates hear anyway, and all others only while somebody asks. */
export class LiveTopics {
  readonly #broker: CoreBrokerNode;
  readonly #seen = new SeenTopics();
  #listening: Promise<void> | null = null;
  #heardAt: number = Number.NEGATIVE_INFINITY;

  constructor(broker: CoreBrokerNode) {
    this.#broker = broker;
  }

  note(topic: string, bytes: Uint8Array): void {
    this.#seen.note(topic, bytes);
  }

  /** A broker that lets nobody listen to everything leaves what is known already. */
  async list(): Promise<readonly SeenTopic[]> {
    if (performance.now() - this.#heardAt > FRESH_MS) {
      this.#listening ??= overhear(this.#broker, (topic, bytes) => this.note(topic, bytes))
        .catch(() => undefined)
        .finally(() => {
          this.#listening = null;
          this.#heardAt = performance.now();
        });
      await this.#listening;
    }
    return this.#seen.list();
  }
}

/** The same bus; what is listened to on it is noted as well. */
export function noting(bus: HubBus, topics: LiveTopics): HubBus {
  return {
    get connected() {
      return bus.connected;
    },
    publish: bus.publish.bind(bus),
    publishConfirmed: bus.publishConfirmed.bind(bus),
    retain: bus.retain.bind(bus),
    subscribe: bus.subscribe.bind(bus),
    snapshot: bus.snapshot.bind(bus),
    onConnection: bus.onConnection.bind(bus),
    renew: bus.renew.bind(bus),
    say: bus.say.bind(bus),
    retainForeign: bus.retainForeign.bind(bus),
    listen: (filter, onArrival) =>
      bus.listen(filter, (arrival) => {
        topics.note(arrival.topic, arrival.bytes);
        onArrival(arrival);
      }),
  };
}

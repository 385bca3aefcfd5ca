import type { Subscription } from "../bus/index.ts";
import type { EpochMs } from "../contract/index.ts";
import type { GateEvent } from "../gate/index.ts";
import type { Arrival, HubBus } from "./hub-bus.ts";

interface TopicHearer {
  hear(event: GateEvent): void;
}

interface TopicPorts {
  readonly bus: Pick<HubBus, "listen">;
  readonly now: () => EpochMs;
  readonly failed: (error: unknown) => void;
}

interface Topic {
  readonly hearers: Set<TopicHearer>;
  readonly opened: Promise<Subscription | null>;
}

/** Foreign topics, each listened to once however many rows and gates name it. */
export class Topics {
  readonly #ports: TopicPorts;
  readonly #topics = new Map<string, Topic>();

  constructor(ports: TopicPorts) {
    this.#ports = ports;
  }

  /** @returns stops */
  hear(source: string, hearer: TopicHearer): () => void {
    const topic = this.#topics.get(source) ?? this.#open(source);
    topic.hearers.add(hearer);
    return () => {
      topic.hearers.delete(hearer);
      if (topic.hearers.size > 0) return;
      this.#topics.delete(source);
      void topic.opened.then((subscription) => subscription?.unsubscribe());
    };
  }

  #open(source: string): Topic {
    const { bus, failed } = this.#ports;
    const hearers = new Set<TopicHearer>();
    const opened = bus
      .listen(source, (arrival) => this.#arrived(source, arrival, hearers))
      .catch((error: unknown) => {
        failed(error);
        return null;
      });
    const topic = { hearers, opened };
    this.#topics.set(source, topic);
    return topic;
  }

  #arrived(source: string, { bytes, retained }: Arrival, hearers: Topic["hearers"]): void {
    const event = {
      type: "bytes-received",
      at: this.#ports.now(),
      source,
      bytes,
      retained,
    } as const;
    for (const hearer of [...hearers]) hearer.hear(event);
  }
}

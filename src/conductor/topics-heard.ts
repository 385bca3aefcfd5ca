import type { Arrival } from "../bus/index.ts";
import type { EpochMs } from "../contract/index.ts";
import type { GateEvent } from "../gate/index.ts";
import type { HubBus } from "./hub-bus.ts";

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
  readonly stop: () => void;
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
      topic.stop();
    };
  }

  #open(source: string): Topic {
    const hearers = new Set<TopicHearer>();
    const topic = { hearers, stop: this.#listen(source, hearers) };
    this.#topics.set(source, topic);
    return topic;
  }

  /** A topic that cannot be listened to is said; the gate then has no data from it. */
  #listen(source: string, hearers: Topic["hearers"]): () => void {
    const { bus, failed } = this.#ports;
    try {
      return bus.listen(source, (arrival) => this.#arrived(source, arrival, hearers));
    } catch (error) {
      failed(error);
      return () => undefined;
    }
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

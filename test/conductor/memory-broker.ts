import type { HubBus } from "../../src/conductor/index.ts";

type OnArrival = Parameters<HubBus["listen"]>[1];
type Arrival = Parameters<OnArrival>[0];

import {
  type Address,
  DEFAULT_BASE,
  encodePayload,
  instant,
  type NixwaveError,
  parsePayload,
  parseTopic,
  type SessionId,
  topicOf,
  WIRE,
  type WireKind,
  type WirePayloads,
} from "../../src/contract/index.ts";

interface Listener {
  readonly filter: string;
  readonly take: (arrival: Arrival) => void;
}

const matches = (filter: string, topic: string): boolean => {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  return (
    wanted.length === levels.length &&
    wanted.every((level, at) => level === "+" || level === levels[at])
  );
};

/** A broker in memory: what is said is heard at once, retained copies come with each subscription. */
export class MemoryBroker {
  readonly retained = new Map<string, Uint8Array>();
  /** By filter: a home of a thousand hosts has a thousand listeners, each to its own topic. */
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #wild = new Set<string>();
  readonly said: { readonly topic: string; readonly bytes: Uint8Array }[] = [];

  publish(topic: string, bytes: Uint8Array, retain: boolean): void {
    if (retain) this.retained.set(topic, bytes);
    this.said.push({ topic, bytes });
    for (const { take } of this.#concerned(topic)) take({ topic, bytes, retained: false });
  }

  /** A stored copy, as every new connection brings it to who listens already. */
  again(topic: string, bytes: Uint8Array): void {
    for (const { take } of this.#concerned(topic)) take({ topic, bytes, retained: true });
  }

  #concerned(topic: string): readonly Listener[] {
    const wild = [...this.#wild].filter((filter) => matches(filter, topic));
    return [topic, ...wild].flatMap((filter) => [...(this.#listeners.get(filter) ?? [])]);
  }

  /** Somebody's message on the wire. */
  tell<K extends WireKind>(address: Address<K>, payload: WirePayloads[K], retain?: boolean): void {
    const topic = topicOf(DEFAULT_BASE, address as Address);
    const bytes = encodePayload(address.kind as K, payload);
    this.publish(topic, bytes, retain ?? WIRE[address.kind as WireKind].retain);
  }

  /** What is retained there now. */
  held<K extends WireKind>(address: Address<K>): WirePayloads[K] | null {
    const bytes = this.retained.get(topicOf(DEFAULT_BASE, address as Address));
    return bytes ? parsePayload(address.kind as K, bytes) : null;
  }

  /** Everything said on a topic, oldest first. */
  heard<K extends WireKind>(address: Address<K>): readonly WirePayloads[K][] {
    const topic = topicOf(DEFAULT_BASE, address as Address);
    return this.said
      .filter((one) => one.topic === topic)
      .map(({ bytes }) => parsePayload(address.kind as K, bytes));
  }

  listen(filter: string, take: Listener["take"]): () => void {
    const listener = { filter, take };
    this.#listeners.set(filter, (this.#listeners.get(filter) ?? new Set()).add(listener));
    if (filter.includes("+")) this.#wild.add(filter);
    const own = this.retained.get(filter);
    if (own) take({ topic: filter, bytes: own, retained: true });
    for (const [topic, bytes] of this.#wild.has(filter) ? this.retained : []) {
      if (matches(filter, topic)) take({ topic, bytes, retained: true });
    }
    return () => void this.#listeners.get(filter)?.delete(listener);
  }
}

const filterIn = (filter: { readonly kind: WireKind }): string => {
  const levels = Object.keys(filter).length > 1 || !WIRE[filter.kind].topic.includes("<");
  return levels
    ? topicOf(DEFAULT_BASE, filter as Address)
    : `${DEFAULT_BASE}/${WIRE[filter.kind].topic.replace(/<\w+>/, "+")}`;
};

/** The hub's bus over it; failures are made by hand. */
export class MemoryBus implements HubBus {
  readonly #broker: MemoryBroker;
  readonly #now: () => number;
  readonly renewals: SessionId[] = [];
  readonly #connection = new Set<Parameters<HubBus["onConnection"]>[0]>();
  connected = true;
  /** Thrown by the next snapshots. */
  snapshotFails: NixwaveError | null = null;
  renewFails: NixwaveError | null = null;
  filters = new Map<string, number>();
  readonly #stops: (() => void)[] = [];
  #isCut: boolean = false;

  constructor(broker: MemoryBroker, now: () => number) {
    this.#broker = broker;
    this.#now = now;
  }

  /** Its process has ended. */
  cut(): void {
    this.#isCut = true;
    for (const stop of this.#stops) stop();
    this.#connection.clear();
  }

  async publish<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void> {
    if (!this.#isCut) this.#broker.tell(address, payload, false);
  }

  async publishConfirmed<K extends WireKind>(
    address: Address<K>,
    payload: WirePayloads[K],
  ): Promise<void> {
    await this.retain(address, payload);
  }

  async retain<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void> {
    if (!this.#isCut) this.#broker.tell(address, payload, true);
  }

  subscribe: HubBus["subscribe"] = async (filter, onMessage, onRefused) => {
    const stop = this.#broker.listen(filterIn(filter as never), ({ topic, bytes, retained }) => {
      try {
        const address = parseTopic(DEFAULT_BASE, topic) as never;
        const payload = parsePayload((address as { kind: WireKind }).kind, bytes) as never;
        onMessage({ address, payload, bytes, retained, receivedAt: instant(this.#now()) });
      } catch (error) {
        onRefused?.(error as NixwaveError, topic, bytes);
      }
    });
    this.#stops.push(stop);
    return { unsubscribe: stop };
  };

  snapshot: HubBus["snapshot"] = async (kind) => {
    if (this.snapshotFails) throw this.snapshotFails;
    const found: Parameters<Parameters<HubBus["subscribe"]>[1]>[0][] = [];
    const { unsubscribe } = await this.subscribe({ kind } as never, (one) =>
      found.push(one as never),
    );
    unsubscribe();
    return found as never;
  };

  onConnection(listener: Parameters<HubBus["onConnection"]>[0]): () => void {
    this.#connection.add(listener);
    return () => this.#connection.delete(listener);
  }

  lose(error: NixwaveError): void {
    this.connected = false;
    for (const listener of this.#connection) listener({ event: "lost", error });
  }

  comeBack(): void {
    this.connected = true;
    for (const listener of this.#connection)
      listener({ event: "connected", broker: "mqtt://x" as never });
  }

  async renew(session: SessionId): Promise<void> {
    if (this.renewFails) throw this.renewFails;
    this.renewals.push(session);
  }

  listen(filter: string, onArrival: OnArrival): () => void {
    this.filters.set(filter, (this.filters.get(filter) ?? 0) + 1);
    const stop = this.#broker.listen(filter, onArrival);
    this.#stops.push(stop);
    return () => {
      this.filters.set(filter, (this.filters.get(filter) ?? 0) - 1);
      stop();
    };
  }

  async retainForeign(topic: string, bytes: Uint8Array): Promise<void> {
    if (this.#isCut) return;
    this.#broker.publish(topic, bytes, true);
    if (bytes.byteLength === 0) this.#broker.retained.delete(topic);
  }

  say(topic: string, bytes: Uint8Array): void {
    this.#broker.publish(topic, bytes, false);
  }
}

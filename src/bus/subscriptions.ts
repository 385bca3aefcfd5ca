import {
  type Address,
  ContractError,
  type EpochMs,
  filterOf,
  type NixwaveError,
  parsePayload,
  parseTopic,
  type TopicBase,
  topicOf,
  WIRE,
  type WireKind,
  type WirePayloads,
} from "../contract/index.ts";
import type { BusEvent } from "./bus-event.ts";
import type { Arrival } from "./connection.ts";
import { foreignQos, isBelow, type OnArrival } from "./foreign-topics.ts";

export interface Message<K extends WireKind> {
  readonly address: Address<K>;
  readonly payload: WirePayloads[K];
  /** The payload as it arrived: what a signature covers. */
  readonly bytes: Uint8Array;
  /** The broker's stored copy; false: published just now (a gate counts only these). */
  readonly retained: boolean;
  /** MQTT's DUP: sent once more, and perhaps heard before. */
  readonly repeated?: boolean;
  readonly receivedAt: EpochMs;
}

/** @param bytes what was refused; null when the broker refused the subscription itself */
export type OnRefused = (error: NixwaveError, topic: string, bytes: Uint8Array | null) => void;

export interface Listener<K extends WireKind> {
  readonly onMessage: (message: Message<K>) => void;
  readonly onRefused: OnRefused | undefined;
  readonly onCleared: ((address: Address<K>) => void) | undefined;
}

/** Every topic of one kind, or one topic. */
export type Filter<K extends WireKind> = { readonly kind: K } | Address<K>;

/** The filter in MQTT's words. */
export function mqttFilter(base: TopicBase, filter: Filter<WireKind>): string {
  const isAddress = Object.keys(filter).length > 1 || !WIRE[filter.kind].topic.includes("<");
  return isAddress ? topicOf(base, filter as Address) : filterOf(base, filter.kind);
}

/** Who listens to what; parses each message once and hands it to everybody whom it concerns. */
export class Subscriptions {
  readonly #base: TopicBase;
  readonly #log: (event: BusEvent) => void;
  readonly #listeners = new Map<string, Set<Listener<WireKind>>>();
  readonly #foreign = new Map<string, Set<OnArrival>>();

  constructor(base: TopicBase, log: (event: BusEvent) => void) {
    this.#base = base;
    this.#log = log;
  }

  /** MQTT filters by the QoS they are subscribed at. */
  filters(): ReadonlyMap<string, 0 | 1> {
    const wire = [...this.#listeners.keys()].map((one) => [one, this.#qosOf(one)] as const);
    const foreign = [...this.#foreign.keys()].map((one) => [one, foreignQos(one)] as const);
    return new Map([...wire, ...foreign]);
  }

  #qosOf(filter: string): 0 | 1 {
    const kind = (Object.keys(WIRE) as WireKind[]).find((one) =>
      matches(filterOf(this.#base, one), filter),
    );
    return kind ? WIRE[kind].qos : 0;
  }

  add(filter: string, listener: Listener<WireKind>): void {
    const present = this.#listeners.get(filter);
    if (present) present.add(listener);
    else this.#listeners.set(filter, new Set([listener]));
  }

  /** @returns whether nobody listens to that filter any more */
  remove(filter: string, listener: Listener<WireKind>): boolean {
    const present = this.#listeners.get(filter);
    if (!present?.delete(listener)) return false;
    if (present.size > 0) return false;
    return this.#listeners.delete(filter);
  }

  addForeign(filter: string, onArrival: OnArrival): void {
    const present = this.#foreign.get(filter);
    if (present) present.add(onArrival);
    else this.#foreign.set(filter, new Set([onArrival]));
  }

  /** @returns whether nobody listens to that filter any more */
  removeForeign(filter: string, onArrival: OnArrival): boolean {
    const present = this.#foreign.get(filter);
    if (!present?.delete(onArrival) || present.size > 0) return false;
    return this.#foreign.delete(filter);
  }

  listenersOf(filter: string): readonly Listener<WireKind>[] {
    return [...(this.#listeners.get(filter) ?? [])];
  }

  /**
   * Never throws: bytes that the contract refuses go to the listeners' `onRefused`.
   * @param through only to those of this filter: the connection tells of the others by itself
   */
  dispatch(arrival: Arrival, receivedAt: EpochMs, through?: string): void {
    if (isBelow(this.#base, arrival.topic)) this.#dispatchWire(arrival, receivedAt, through);
    else this.#dispatchForeign(arrival, through);
  }

  #dispatchForeign(arrival: Arrival, through: string | undefined): void {
    for (const onArrival of concerned(this.#foreign, arrival.topic, through)) {
      try {
        onArrival(arrival);
      } catch (error) {
        this.#log({ event: "listener-failed", topic: arrival.topic, error });
      }
    }
  }

  #dispatchWire(arrival: Arrival, receivedAt: EpochMs, through?: string): void {
    const { topic, bytes } = arrival;
    const listeners = concerned(this.#listeners, topic, through);
    if (listeners.length === 0) return;
    const read = readMessage(this.#base, arrival, receivedAt);
    if (read.outcome === "refused") {
      this.#log({ event: "message-refused", topic, error: read.error });
    }
    if (read.outcome === "cleared") this.#log({ event: "cleared", topic });
    for (const listener of listeners) {
      try {
        if (read.outcome === "message") listener.onMessage(read.message);
        else if (read.outcome === "cleared") listener.onCleared?.(read.address);
        else listener.onRefused?.(read.error, topic, bytes);
      } catch (error) {
        this.#log({ event: "listener-failed", topic, error });
      }
    }
  }
}

type Read =
  | { readonly outcome: "message"; readonly message: Message<WireKind> }
  | { readonly outcome: "cleared"; readonly address: Address }
  | { readonly outcome: "refused"; readonly error: NixwaveError };

/** An empty payload on a retained kind means that somebody cleared it (MQTT 3.3.1-10). */
export function readMessage(base: TopicBase, arrival: Arrival, receivedAt: EpochMs): Read {
  const { topic, bytes, retained, repeated = false } = arrival;
  try {
    const address = parseTopic(base, topic);
    if (bytes.byteLength === 0 && WIRE[address.kind].retain) return { outcome: "cleared", address };
    const payload = parsePayload(address.kind, bytes);
    const message = { address, payload, bytes, retained, repeated, receivedAt };
    return { outcome: "message", message };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { outcome: "refused", error: located(error, topic) };
  }
}

/** The same error, naming the topic. */
const located = (error: ContractError, topic: string): NixwaveError =>
  new ContractError(error.code, `${topic.slice(0, 200)}: ${error.message}`, {
    where: error.where ?? topic.slice(0, 200),
    cause: error,
  });

function concerned<T>(
  listeners: ReadonlyMap<string, ReadonlySet<T>>,
  topic: string,
  through: string | undefined,
): readonly T[] {
  if (through !== undefined) return [...(listeners.get(through) ?? [])];
  return [...listeners]
    .filter(([filter]) => matches(filter, topic))
    .flatMap(([, present]) => [...present]);
}

/** MQTT 4.7; a wildcard in the first level meets no topic that begins with "$" (4.7.2). */
export function matches(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  const levels = topic.split("/");
  const wanted = filter.split("/");
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  const rest = wanted.at(-1) === "#" ? wanted.length - 1 : null;
  if (rest === null ? wanted.length !== levels.length : levels.length < rest) return false;
  return wanted.every((level, index) => level === "+" || index === rest || level === levels[index]);
}

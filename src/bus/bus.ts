import type { Address, SessionId, WireKind, WirePayloads } from "../contract/index.ts";
import type { ConnectionEvent } from "./bus-event.ts";
import type { OnArrival } from "./foreign-topics.ts";
import type { Filter, Message, OnRefused } from "./subscriptions.ts";

export interface Subscription {
  unsubscribe(): void;
}

export interface SnapshotOptions {
  /** Longest time for the whole snapshot, in ms. */
  readonly timeoutMs: number;
  /** Silence after which the broker is asked whether that was all, in ms; 100 by default. */
  readonly quietMs?: number;
}

/** Typed MQTT. Topic, QoS, retain flag and limits come from the contract's WIRE, never from callers. */
export interface Bus {
  /** Whether there is a connection now. */
  readonly connected: boolean;
  /**
   * Hands a message over. Resolves on PUBACK, which proves nothing about its fate. Without a
   * connection it waits; of a retained topic only the latest waits. Progress and log lines (QoS 0)
   * are dropped then, by design.
   * @throws NixwaveError outbox-full | publish-refused | bus-closed, or as the contract's encoder
   */
  publish<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void>;
  /**
   * Retained state that this client owns: published now and on every later connection, the latest
   * per address. Resolves on PUBACK, or as soon as the next connection will bring it.
   * @throws NixwaveError publish-refused | bus-closed, or as the contract's encoder
   */
  retain<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void>;
  /**
   * Publishes retained and resolves when a fresh subscription shows exactly these bytes.
   * @throws NixwaveError publish-not-kept | publish-refused | broker-unreachable | bus-closed
   */
  publishConfirmed<K extends WireKind>(
    address: Address<K>,
    payload: WirePayloads[K],
    options: { readonly timeoutMs: number },
  ): Promise<void>;
  /** Empties a retained topic; state owned by this client is no longer republished. */
  clear(address: Address): Promise<void>;
  /**
   * Listens to a kind or one address, also after every reconnect, when retained copies come again.
   * Bytes that the contract refuses go to `onRefused`, cleared topics to `onCleared`.
   * @throws NixwaveError subscription-refused | bus-closed
   */
  subscribe<K extends WireKind>(
    filter: Filter<K>,
    onMessage: (message: Message<K>) => void,
    onRefused?: OnRefused,
    onCleared?: (address: Address<K>) => void,
  ): Promise<Subscription>;
  /**
   * All retained messages of a kind, read over a connection of its own at QoS 0 (stock mosquitto
   * silently drops all but 1020 at QoS 1). What the contract refuses is left out and logged.
   * @throws NixwaveError snapshot-incomplete | subscription-refused, or as `openBus`
   */
  snapshot<K extends WireKind>(kind: K, options: SnapshotOptions): Promise<readonly Message<K>[]>;
  /**
   * Listens outside the wire, also after every reconnect; several listeners share one subscription. Filters
   * with wildcards are subscribed at QoS 0, others at QoS 1. Where subscriptions overlap, a broker may
   * deliver one message more than once. A refused subscription is logged.
   * @returns stops listening
   * @throws NixwaveError invalid-topic | bus-closed
   */
  listen(filter: string, onArrival: OnArrival): () => void;
  /**
   * Says something outside the wire, once: QoS 0, never retained, dropped without a connection.
   * @throws NixwaveError invalid-topic | bus-closed
   */
  say(topic: string, bytes: Uint8Array): void;
  /**
   * Retained state outside the wire that this client owns, as `retain`; empty bytes take it away.
   * @throws NixwaveError invalid-topic | publish-refused | bus-closed
   */
  retainForeign(topic: string, bytes: Uint8Array): Promise<void>;
  /**
   * Ends the connection in order and opens the next one under another session of this client's presence
   * (DESIGN 8: a commit travels over sessions opened after the activation). What waits goes with the next
   * connection. Resolves when that stands, however long the broker is away.
   * @throws NixwaveError bus-closed
   */
  renew(session: SessionId): Promise<void>;
  /**
   * Says birth for the first time where it waits for that: what was subscribed before is asked of the broker
   * before, so that every answer to the birth arrives live. @throws NixwaveError bus-closed
   */
  appear(): void;
  /** @returns stops listening */
  onConnection(listener: (event: ConnectionEvent) => void): () => void;
  /** Sends what waits and says goodbye, each within 2 s, then disconnects. */
  close(): Promise<void>;
}

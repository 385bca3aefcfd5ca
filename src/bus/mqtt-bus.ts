import {
  type Address,
  encodePayload,
  instant,
  NixwaveError,
  type Topic,
  topicOf,
  WIRE,
  type WireKind,
  type WirePayloads,
} from "../contract/index.ts";
import type { Bus, SnapshotOptions, Subscription } from "./bus.ts";
import type { ConnectionEvent } from "./bus-event.ts";
import { type Connection, connect, type Loss } from "./connection.ts";
import { ConnectionListeners } from "./connection-listeners.ts";
import { type Letter, newLetter, settle } from "./letters.ts";
import { Link } from "./link.ts";
import {
  type BusOptions,
  type BusSettings,
  type PresenceOptions,
  presencePacket,
  settingsOf,
} from "./options.ts";
import { presenceGuard } from "./presence.ts";
import { confirmRetained } from "./read-back.ts";
import { Sender } from "./sender.ts";
import { takeSnapshot } from "./snapshot.ts";
import { SubscriptionRequests } from "./subscription-requests.ts";
import {
  type Filter,
  type Listener,
  type Message,
  mqttFilter,
  type OnRefused,
  Subscriptions,
} from "./subscriptions.ts";
import { within } from "./time-limit.ts";

/** What `close` grants the outbox, and then the farewell, in ms. */
const CLOSE_GRACE_MS = 2000;

const now = (): ReturnType<typeof instant> => instant(Date.now());

/**
 * Opens a connection that lasts until `close`: after the first success it comes back for ever.
 * @throws NixwaveError invalid-client-id | broker-unreachable | broker-refused |
 * broker-bad-credentials | broker-not-authorised | tls-untrusted | tls-certificate-refused | tls-failed
 */
export async function openBus(options: BusOptions): Promise<Bus> {
  const bus = new MqttBus(await settingsOf(options));
  await bus.open();
  return bus;
}

class MqttBus implements Bus {
  readonly #settings: BusSettings;
  readonly #link: Link;
  readonly #sender: Sender;
  readonly #subscriptions: Subscriptions;
  readonly #requests: SubscriptionRequests;
  readonly #listeners: ConnectionListeners;
  /** The connection, once birth, owned state and subscriptions are on the wire. */
  #opened: Connection | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: BusSettings) {
    this.#settings = settings;
    const { base, log, pace, connection } = settings;
    this.#listeners = new ConnectionListeners(log);
    this.#subscriptions = new Subscriptions(base, log);
    this.#requests = new SubscriptionRequests(this.#subscriptions, log);
    this.#sender = new Sender(
      {
        onOpened: (opened) => {
          this.#opened = opened;
          this.#requests.renew(opened);
        },
        onRefused: ({ topic }, error) => log({ event: "publish-refused", topic, error }),
      },
      settings.outboxLimit,
    );
    this.#link = new Link({
      pace,
      connect: (signal) =>
        connect({
          ...connection,
          signal,
          onMessage: (arrival) => this.#subscriptions.dispatch(arrival, now()),
        }),
      onUp: (opened) => this.#up(opened),
      onDown: (loss) => this.#down(loss),
      onFailed: (error, retryInMs) => log({ event: "connect-failed", error, retryInMs }),
    });
  }

  async open(): Promise<void> {
    if (this.#settings.presence) this.#own(this.#settings.presence);
    await this.#link.open();
  }

  get connected(): boolean {
    return this.#link.connection !== undefined;
  }

  #up(connection: Connection): void {
    this.#sender.begin(connection, Date.now());
    this.#listeners.tell({ event: "connected", broker: this.#settings.connection.broker });
  }

  #down(loss: Loss): void {
    this.#opened = undefined;
    this.#sender.lost(loss.byBroker, Date.now());
    if (this.#closed === undefined) this.#listeners.tell({ event: "lost", error: loss.error });
  }

  /** Birth first on every connection, and again when it was overwritten or cleared. */
  #own(presence: PresenceOptions): void {
    const { base, log } = this.#settings;
    const { topic, bytes } = presencePacket(base, presence, "online");
    const announce = (): void =>
      this.#sender.post(newLetter(topic, bytes, { retain: true, owned: true }));
    announce();
    const restore = (): void => {
      if (this.#closed !== undefined) return;
      log({ event: "presence-restored", topic });
      announce();
    };
    this.#subscriptions.add(topic, presenceGuard(restore));
  }

  #refuseWhenClosed(): void {
    if (this.#closed === undefined) return;
    throw new NixwaveError("bus-closed", "this connection was closed");
  }

  /** Resolves when the letter was handed over. */
  #post(letter: Letter): Promise<void> {
    return new Promise((resolve, reject) => {
      letter.waiting.push((error) => (error ? reject(error) : resolve()));
      this.#sender.post(letter);
    });
  }

  async publish<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void> {
    this.#refuseWhenClosed();
    const { qos, retain } = WIRE[address.kind as WireKind];
    const bytes = encodePayload(address.kind as K, payload);
    const topic = topicOf(this.#settings.base, address as Address);
    if (qos === 0) this.#stream(topic, bytes, retain);
    else await this.#post(newLetter(topic, bytes, { retain, owned: this.#sender.owns(topic) }));
  }

  #stream(topic: Topic, bytes: Uint8Array, retain: boolean): void {
    const sent = this.#opened?.send({ topic, bytes, qos: 0, retain }, () => undefined);
    if (sent) return;
    const why = this.#opened ? "congested" : "offline";
    this.#settings.log({ event: "dropped", topic, why });
  }

  async retain<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void> {
    this.#refuseWhenClosed();
    requireState(address.kind as WireKind);
    const bytes = encodePayload(address.kind as K, payload);
    const topic = topicOf(this.#settings.base, address as Address);
    await this.#post(newLetter(topic, bytes, { retain: true, owned: true }));
  }

  async publishConfirmed<K extends WireKind>(
    address: Address<K>,
    payload: WirePayloads[K],
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<void> {
    this.#refuseWhenClosed();
    requireState(address.kind as WireKind);
    const bytes = encodePayload(address.kind as K, payload);
    const topic = topicOf(this.#settings.base, address as Address);
    const owned = this.#sender.owns(topic);
    const letter = newLetter(topic, bytes, { retain: true, owned });
    try {
      await confirmRetained(this.#settings, { topic, bytes, timeoutMs }, this.#post(letter));
    } finally {
      this.#sender.withdraw(letter);
      settle(letter);
    }
  }

  async clear(address: Address): Promise<void> {
    this.#refuseWhenClosed();
    const topic = topicOf(this.#settings.base, address);
    this.#sender.disown(topic);
    await this.#post(newLetter(topic, new Uint8Array(0), { retain: true, owned: false }));
  }

  async subscribe<K extends WireKind>(
    filter: Filter<K>,
    onMessage: (message: Message<K>) => void,
    onRefused?: OnRefused,
    onCleared?: (address: Address<K>) => void,
  ): Promise<Subscription> {
    this.#refuseWhenClosed();
    const topicFilter = mqttFilter(this.#settings.base, filter as Filter<WireKind>);
    const listener = { onMessage, onRefused, onCleared } as unknown as Listener<WireKind>;
    await this.#requests.add(topicFilter, listener, this.#opened);
    return {
      unsubscribe: () => {
        const last = this.#subscriptions.remove(topicFilter, listener);
        if (last) this.#opened?.unsubscribe(topicFilter);
      },
    };
  }

  async snapshot<K extends WireKind>(
    kind: K,
    options: SnapshotOptions,
  ): Promise<readonly Message<K>[]> {
    this.#refuseWhenClosed();
    return await takeSnapshot(this.#settings, kind, options);
  }

  onConnection(listener: (event: ConnectionEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { presence, base } = this.#settings;
    await within(CLOSE_GRACE_MS, this.#sender.untilIdle());
    if (presence && this.#opened) {
      const farewell = presencePacket(base, presence, "offline");
      const letter = newLetter(farewell.topic, farewell.bytes, { retain: true, owned: true });
      await within(CLOSE_GRACE_MS, this.#post(letter));
    }
    const error = new NixwaveError("bus-closed", "this connection was closed before it was sent");
    await this.#link.close(CLOSE_GRACE_MS);
    this.#sender.abandon(error);
    this.#requests.abandon(error);
  }
}

function requireState(kind: WireKind): void {
  if (WIRE[kind].retain) return;
  throw new NixwaveError("invalid-topic", `${kind} is an event: a broker keeps none of it`);
}

import {
  type Address,
  instant,
  NixwaveError,
  type SessionId,
  type Topic,
  topicOf,
  WIRE,
  type WireKind,
  type WirePayloads,
} from "../contract/index.ts";
import type { Bus, SnapshotOptions, Subscription } from "./bus.ts";
import type { ConnectionEvent } from "./bus-event.ts";
import type { Connection, Loss } from "./connection.ts";
import { ConnectionListeners } from "./connection-listeners.ts";
import { checkForeignFilter, checkForeignTopic, type OnArrival } from "./foreign-topics.ts";
import { foreignState, type Letter, newLetter, ownLetter, settle } from "./letters.ts";
import type { Line, LineEvents } from "./line.ts";
import { onWire, stateOnWire } from "./on-wire.ts";
import { type BusCore, type PresenceOptions, presencePacket } from "./options.ts";
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

const CLOSE_GRACE_MS = 2000; // for the outbox, and then for the farewell

/** The bus over any line; `openBus` and `openSharedBus` choose it. */
export class MqttBus<L extends Line = Line> implements Bus {
  readonly line: L;
  readonly #core: BusCore;
  readonly #sender: Sender;
  readonly #subscriptions: Subscriptions;
  readonly #requests: SubscriptionRequests;
  readonly #listeners: ConnectionListeners;
  #presence: PresenceOptions | undefined;
  /** Once birth, owned state and subscriptions are on the wire. */
  #opened: Connection | undefined;
  #closed: Promise<void> | undefined;

  constructor(core: BusCore, makeLine: (events: LineEvents) => L) {
    this.#core = core;
    this.#presence = core.presence;
    const { base, log } = core;
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
      core.outboxLimit,
    );
    this.line = makeLine({
      will: () => this.presencePacket("offline"),
      onUp: (opened) => this.#up(opened),
      onDown: (loss) => this.#down(loss),
      onFailed: (error, retryInMs) => log({ event: "connect-failed", error, retryInMs }),
      onMessage: (arrival, filter) =>
        this.#subscriptions.dispatch(arrival, instant(Date.now()), filter),
    });
    if (this.#presence && !this.#presence.appearsLater) this.#own();
  }

  appear(): void {
    this.#refuseWhenClosed();
    if (!this.#presence?.appearsLater) return;
    this.#presence = { ...this.#presence, appearsLater: false };
    this.#own();
  }

  /** Birth, farewell or will of the session that is current; undefined without a presence. */
  presencePacket(state: "online" | "offline"): ReturnType<typeof presencePacket> | undefined {
    return this.#presence && presencePacket(this.#core.base, this.#presence, state);
  }

  get connected(): boolean {
    return this.line.connection !== undefined;
  }

  #up(connection: Connection): void {
    this.#sender.begin(connection, Date.now());
    this.#listeners.tell({ event: "connected", broker: this.#core.broker });
  }

  #down(loss: Loss): void {
    this.#opened = undefined;
    this.#sender.lost(loss.byBroker, Date.now());
    if (this.#closed === undefined) this.#listeners.tell({ event: "lost", error: loss.error });
  }

  /** Birth first on every connection, and again when it was overwritten or cleared. */
  #own(): void {
    const topic = this.#announce();
    if (topic === undefined) return;
    const restore = (): void => {
      if (this.#closed !== undefined) return;
      this.#core.log({ event: "presence-restored", topic });
      this.#announce();
    };
    this.#subscriptions.add(topic, presenceGuard(restore));
    if (this.#opened) this.#requests.askNow(topic, this.#opened);
  }

  #announce(): Topic | undefined {
    const birth = this.presencePacket("online");
    if (birth) this.#sender.post(ownLetter(birth));
    return birth?.topic;
  }

  #refuseWhenClosed(): void {
    if (this.#closed === undefined) return;
    throw new NixwaveError("bus-closed", "this connection was closed");
  }

  #post(letter: Letter): Promise<void> {
    return new Promise((resolve, reject) => {
      letter.waiting.push((error) => (error ? reject(error) : resolve()));
      this.#sender.post(letter);
    });
  }

  async publish<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void> {
    this.#refuseWhenClosed();
    const { qos, retain } = WIRE[address.kind as WireKind];
    const { topic, bytes } = onWire(this.#core.base, address, payload);
    if (qos === 0) this.#stream(topic, bytes, retain);
    else await this.#post(newLetter(topic, bytes, { retain, owned: this.#sender.owns(topic) }));
  }

  #stream(topic: string, bytes: Uint8Array, retain: boolean): void {
    if (this.#opened?.send({ topic, bytes, qos: 0, retain }, () => undefined)) return;
    this.#core.log({ event: "dropped", topic, why: this.#opened ? "congested" : "offline" });
  }

  async retain<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): Promise<void> {
    this.#refuseWhenClosed();
    const { topic, bytes } = stateOnWire(this.#core.base, address, payload);
    await this.#post(ownLetter({ topic, bytes }));
  }

  async publishConfirmed<K extends WireKind>(
    address: Address<K>,
    payload: WirePayloads[K],
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<void> {
    this.#refuseWhenClosed();
    const { topic, bytes } = stateOnWire(this.#core.base, address, payload);
    const letter = newLetter(topic, bytes, { retain: true, owned: this.#sender.owns(topic) });
    try {
      await confirmRetained(this.line, { topic, bytes, timeoutMs }, this.#post(letter));
    } finally {
      this.#sender.withdraw(letter);
      settle(letter);
    }
  }

  async clear(address: Address): Promise<void> {
    this.#refuseWhenClosed();
    const topic = topicOf(this.#core.base, address);
    await this.#post(newLetter(topic, new Uint8Array(0), { retain: true, owned: false }));
  }

  async subscribe<K extends WireKind>(
    filter: Filter<K>,
    onMessage: (message: Message<K>) => void,
    onRefused?: OnRefused,
    onCleared?: (address: Address<K>) => void,
  ): Promise<Subscription> {
    this.#refuseWhenClosed();
    const wanted = mqttFilter(this.#core.base, filter as Filter<WireKind>);
    const listener = { onMessage, onRefused, onCleared } as unknown as Listener<WireKind>;
    await this.#requests.add(wanted, listener, this.#opened);
    return {
      unsubscribe: () => {
        if (this.#subscriptions.remove(wanted, listener)) this.#opened?.unsubscribe(wanted);
      },
    };
  }

  async snapshot<K extends WireKind>(
    kind: K,
    options: SnapshotOptions,
  ): Promise<readonly Message<K>[]> {
    this.#refuseWhenClosed();
    return await takeSnapshot({ line: this.line, ...this.#core }, kind, options);
  }

  listen(filter: string, onArrival: OnArrival): () => void {
    this.#refuseWhenClosed();
    checkForeignFilter(this.#core.base, filter);
    return this.#requests.listen(filter, onArrival, () => this.#opened);
  }

  say(topic: string, bytes: Uint8Array): void {
    this.#refuseWhenClosed();
    checkForeignTopic(this.#core.base, topic);
    this.#stream(topic, bytes, false);
  }

  async retainForeign(topic: string, bytes: Uint8Array): Promise<void> {
    this.#refuseWhenClosed();
    checkForeignTopic(this.#core.base, topic);
    await this.#post(foreignState(topic, bytes));
  }

  async renew(session: SessionId): Promise<void> {
    this.#refuseWhenClosed();
    await within(CLOSE_GRACE_MS, this.#sender.untilIdle());
    await this.line.renew(CLOSE_GRACE_MS, () => {
      if (!this.#presence) return;
      this.#presence = { ...this.#presence, session };
      this.#announce();
    });
  }

  onConnection(listener: (event: ConnectionEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await within(CLOSE_GRACE_MS, this.#sender.untilIdle());
    const goodbye = this.presencePacket("offline");
    if (goodbye && this.#opened) await within(CLOSE_GRACE_MS, this.#post(ownLetter(goodbye)));
    const error = new NixwaveError("bus-closed", "this connection was closed before it was sent");
    await this.line.close(CLOSE_GRACE_MS);
    this.#sender.abandon(error);
    this.#requests.abandon(error);
  }
}

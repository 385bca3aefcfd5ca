import { NixwaveError } from "../contract/index.ts";
import type { BusEvent } from "./bus-event.ts";
import type { Connection } from "./connection.ts";
import type { OnArrival } from "./foreign-topics.ts";
import type { Listener, Subscriptions } from "./subscriptions.ts";

/** SUBACK's code for a filter that the broker refuses (MQTT 3.1.1, 3.9.3). */
const REFUSED = 0x80;

type Done = (error?: NixwaveError) => void;

/** Asks the broker for the filters that somebody listens to, now and on every connection. */
export class SubscriptionRequests {
  readonly #subscriptions: Subscriptions;
  readonly #log: (event: BusEvent) => void;
  /** Who awaits the SUBACK of a filter. */
  readonly #awaiting = new Map<string, Done[]>();

  constructor(subscriptions: Subscriptions, log: (event: BusEvent) => void) {
    this.#subscriptions = subscriptions;
    this.#log = log;
  }

  /** Resolves on SUBACK, perhaps a later connection's. @throws NixwaveError subscription-refused */
  async add(
    filter: string,
    listener: Listener<never>,
    connection: Connection | undefined,
  ): Promise<void> {
    this.#subscriptions.add(filter, listener as never);
    const granted = new Promise<void>((resolve, reject) => {
      const done: Done = (error) => (error ? reject(error) : resolve());
      this.#awaiting.set(filter, [...(this.#awaiting.get(filter) ?? []), done]);
    });
    const qos = this.#subscriptions.filters().get(filter) ?? 0;
    if (connection) this.#ask(connection, [filter], qos);
    try {
      await granted;
    } catch (error) {
      this.#subscriptions.remove(filter, listener as never);
      throw error;
    }
  }

  /** Outside the wire. @param opened the connection there is now, asked again when it stops @returns stops */
  listen(filter: string, onArrival: OnArrival, opened: () => Connection | undefined): () => void {
    const listener: OnArrival = (arrival) => onArrival(arrival); // the same function twice is two listeners
    this.#subscriptions.addForeign(filter, listener);
    const connection = opened();
    // A later listener asks again, or it would not hear what the broker keeps.
    if (connection) this.askNow(filter, connection);
    return () => {
      if (this.#subscriptions.removeForeign(filter, listener)) opened()?.unsubscribe(filter);
    };
  }

  /** Nobody awaits the SUBACK; a refusal is logged. */
  askNow(filter: string, connection: Connection): void {
    this.#ask(connection, [filter], this.#subscriptions.filters().get(filter) ?? 0);
  }

  /** Subscribes to everything on a new connection. */
  renew(connection: Connection): void {
    const filters = [...this.#subscriptions.filters()];
    for (const qos of [0, 1] as const) {
      const wanted = filters.filter(([, at]) => at === qos).map(([filter]) => filter);
      if (wanted.length > 0) this.#ask(connection, wanted, qos);
    }
  }

  #ask(connection: Connection, filters: readonly string[], qos: 0 | 1): void {
    connection.subscribe(filters, qos).then(
      (granted) => {
        for (const [index, filter] of filters.entries()) {
          this.#answered(filter, granted[index] ?? REFUSED);
        }
      },
      () => undefined, // the connection ended; the next one asks again
    );
  }

  #answered(filter: string, code: number): void {
    const waiting = this.#awaiting.get(filter) ?? [];
    this.#awaiting.delete(filter);
    if (code < REFUSED) {
      for (const done of waiting) done();
      return;
    }
    const error = new NixwaveError("subscription-refused", `the broker refuses ${filter}`, {
      where: filter,
    });
    this.#log({ event: "subscription-refused", topic: filter, error });
    for (const done of waiting) done(error);
    if (waiting.length > 0) return; // a new listener, which is removed and told by its promise
    for (const listener of this.#subscriptions.listenersOf(filter)) {
      listener.onRefused?.(error, filter, null);
    }
  }

  abandon(error: NixwaveError): void {
    for (const done of [...this.#awaiting.values()].flat()) done(error);
    this.#awaiting.clear();
  }
}

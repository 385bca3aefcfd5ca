import { randomBytes } from "node:crypto";
import type { Arrival } from "./connection.ts";
import { type Connection, connect } from "./connection.ts";
import type { Line, LineEvents } from "./line.ts";
import { Link } from "./link.ts";
import type { BusSettings } from "./options.ts";

/** Connections that this bus opens itself. */
export class OwnLine implements Line {
  readonly #settings: BusSettings;
  readonly #link: Link;

  constructor(settings: BusSettings, events: LineEvents) {
    this.#settings = settings;
    const { pace, connection } = settings;
    const { onUp, onDown, onFailed } = events;
    this.#link = new Link({
      pace,
      connect: (signal) =>
        connect({
          ...connection,
          signal,
          will: events.will(),
          onMessage: (arrival) => events.onMessage(arrival),
        }),
      ...{ onUp, onDown, onFailed },
    });
  }

  /** The first connection. @throws NixwaveError as `connect` does; nothing stays open then */
  open(): Promise<void> {
    return this.#link.open();
  }

  get connection(): Connection | undefined {
    return this.#link.connection;
  }

  renew(graceMs: number, between: () => void): Promise<void> {
    return this.#link.renew(graceMs, between);
  }

  /**
   * A second connection, without will: on the first one a QoS 0 subscription would replace a QoS 1
   * subscription to the same filter (MQTT 3.8.4-3), and its retained copies would reach everybody.
   */
  openReader(timeoutMs: number, onMessage: (arrival: Arrival) => void): Promise<Connection> {
    const { connection } = this.#settings;
    return connect({
      ...connection,
      clientId: `${connection.clientId}-read-${randomBytes(4).toString("hex")}`,
      will: undefined,
      connectTimeoutMs: Math.max(1, Math.min(connection.connectTimeoutMs, timeoutMs)),
      onMessage,
    });
  }

  close(graceMs: number): Promise<void> {
    return this.#link.close(graceMs);
  }
}

import { NixwaveError } from "../contract/index.ts";
import type { Arrival, Connection, Loss, Packet } from "./connection.ts";
import type { Line, LineEvents, Reader } from "./line.ts";
import type { SharedConnection } from "./shared-connection.ts";
import { within } from "./time-limit.ts";

interface Seat {
  readonly connection: Connection;
  readonly lost: (loss: Loss) => void;
}

/** Connections over somebody else's client: the same events, without sockets of our own. */
export class SharedLine implements Line {
  readonly #source: SharedConnection;
  readonly #events: LineEvents;
  /** Our own birth: published again, its echo proves that everything before it has arrived. */
  readonly #birth: () => Packet;
  readonly #refs = new Map<string, string>();
  #seat: Seat | undefined;
  #refsGiven = 0;
  readonly #closing = new AbortController();
  #next: PromiseWithResolvers<void> | undefined;

  constructor(source: SharedConnection, birth: () => Packet, events: LineEvents) {
    this.#source = source;
    this.#birth = birth;
    this.#events = events;
  }

  open(): void {
    this.#source.open(this.#will(), { up: () => this.#up(), down: (loss) => this.#down(loss) });
  }

  get connection(): Connection | undefined {
    return this.#seat?.connection;
  }

  #will(): Packet {
    return this.#events.will() as Packet; // a shared bus always has a presence
  }

  #up(): void {
    const { promise: closed, resolve: lost } = Promise.withResolvers<Loss>();
    const connection = this.#connectionUntil(closed);
    this.#seat = { connection, lost };
    this.#events.onUp(connection);
    this.#next?.resolve();
    this.#next = undefined;
  }

  #down(loss: Loss): void {
    const seat = this.#seat;
    if (!seat) return;
    this.#seat = undefined;
    seat.lost(loss);
    this.#events.onDown(loss);
  }

  #connectionUntil(closed: Promise<Loss>): Connection {
    const failed = closed.then((loss) => Promise.reject<never>(loss.error));
    failed.catch(() => undefined); // raced below; the owner learns of it from onDown
    const stands = (): boolean => this.#seat?.connection === connection;
    const connection: Connection = {
      closed,
      send: (packet, acknowledged) =>
        this.#source.publish(packet, () => stands() && acknowledged()),
      subscribe: (filters, qos) =>
        Promise.race([failed, Promise.all(filters.map((one) => this.#subscribe(one, qos)))]),
      unsubscribe: (filter) => {
        const ref = this.#refs.get(filter);
        this.#refs.delete(filter);
        if (ref !== undefined) this.#source.unsubscribe(filter, ref);
      },
      ping: () => this.#fence(failed),
      end: () => this.#source.end(),
    };
    return connection;
  }

  /** Told by filter: with overlapping ones the client calls each handler, and a reading must count once. */
  #subscribe(filter: string, qos: 0 | 1): Promise<number> {
    const ref = this.#refs.get(filter) ?? this.#newRef();
    this.#refs.set(filter, ref);
    return this.#source.subscribe(
      filter,
      qos,
      (arrival) => this.#events.onMessage(arrival, filter),
      ref,
    );
  }

  #newRef(): string {
    this.#refsGiven += 1;
    return String(this.#refsGiven);
  }

  /**
   * Publishes our birth again and waits for its live copy: PINGREQ is the client's own affair, and a
   * message that took the way of all others has overtaken none of them.
   */
  async #fence(failed: Promise<never>): Promise<void> {
    const birth = this.#birth();
    const ref = this.#newRef();
    const echoed = Promise.withResolvers<void>();
    const onArrival = ({ retained, bytes }: Arrival): void => {
      if (!retained && Buffer.compare(bytes, birth.bytes) === 0) echoed.resolve();
    };
    try {
      await Promise.race([failed, this.#source.subscribe(birth.topic, birth.qos, onArrival, ref)]);
      this.#source.publish(birth, () => undefined);
      await Promise.race([failed, echoed.promise]);
    } finally {
      this.#source.unsubscribe(birth.topic, ref);
    }
  }

  /** @throws NixwaveError bus-closed */
  #nextConnection(): Promise<void> {
    this.#next ??= Promise.withResolvers();
    return this.#next.promise;
  }

  async renew(_graceMs: number, between: () => void): Promise<void> {
    await this.#source.end();
    between();
    if (this.#closing.signal.aborted) throw closedError();
    const stands = this.#nextConnection();
    this.#source.begin(this.#will());
    await stands;
  }

  /** A second set of handlers; a SUBSCRIBE asks for the retained copies again, which harms nobody. */
  async openReader(timeoutMs: number, onMessage: (arrival: Arrival) => void): Promise<Reader> {
    if (!this.connection) await within(timeoutMs, this.#nextConnection());
    const { connection } = this;
    if (!connection) throw new NixwaveError("broker-unreachable", `${this.#source.broker} is away`);
    const failed = connection.closed.then((loss) => Promise.reject<never>(loss.error));
    failed.catch(() => undefined);
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => undefined);
    const refs = new Map<string, string>();
    const subscribe = (filter: string, qos: 0 | 1): Promise<number> => {
      const ref = refs.get(filter) ?? this.#newRef();
      refs.set(filter, ref);
      return this.#source.subscribe(filter, qos, onMessage, ref);
    };
    return {
      subscribe: (filters, qos) =>
        Promise.race([
          failed,
          ended.promise,
          Promise.all(filters.map((filter) => subscribe(filter, qos))),
        ]),
      ping: () => Promise.race([ended.promise, connection.ping()]),
      end: async () => {
        ended.reject(new NixwaveError("broker-lost", `no end within ${timeoutMs} ms`));
        for (const [filter, ref] of refs) this.#source.unsubscribe(filter, ref);
        refs.clear();
      },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#next?.reject(closedError());
    for (const [filter, ref] of this.#refs) this.#source.unsubscribe(filter, ref);
    this.#refs.clear();
    await this.#source.close();
  }
}

const closedError = (): NixwaveError =>
  new NixwaveError("bus-closed", "this connection was closed");

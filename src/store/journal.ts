import type { RolloutId } from "../contract/index.ts";
import type { Statement } from "../disk/index.ts";
import { explain, fail } from "./failure.ts";
import { type History, openHistory } from "./history.ts";
import { type Ledger, readSealed } from "./ledger.ts";
import { sealOf } from "./seal.ts";
import type { HistoryEntry, Json, Loaded, Recovered, Store, StoreOptions } from "./store.ts";

/** What the opening found out. */
export interface Opening {
  readonly migratedFrom: number | null;
  readonly forgetPrevious: () => void;
  readonly release: () => void;
}

/** In the key column: how far keys have been forgotten, since a deleted row keeps no step. */
const FORGOTTEN = "";

/** A Store over a sound database. Its constructor reads everything once. */
export class Journal<State, Event, Past> implements Store<State, Event, Past> {
  readonly migratedFrom: number | null;
  readonly lostHistory: number;
  readonly #ledger: Ledger;
  readonly #options: StoreOptions<State, Event, Past>;
  readonly #opening: Opening;
  readonly #history: History<Past>;
  readonly #insertEvent: Statement;
  readonly #putKept: Statement;
  readonly #getKept: Statement;
  /** What the constructor read, for the first `load`. */
  #loaded: Loaded<State, Event> | null;
  #tailLength: number;
  #recovered: Recovered | null;

  /** @throws NixwaveError hub-state-damaged | hub-state-failed */
  constructor(ledger: Ledger, options: StoreOptions<State, Event, Past>, opening: Opening) {
    const { database } = ledger;
    this.#ledger = ledger;
    this.#options = options;
    this.#opening = opening;
    this.migratedFrom = opening.migratedFrom;
    this.#insertEvent = database.prepare("INSERT INTO event (step, body, seal) VALUES (?, ?, ?)");
    this.#putKept = database.prepare(
      "INSERT OR REPLACE INTO kept (key, step, body, seal) VALUES (?, ?, ?, ?)",
    );
    this.#getKept = database.prepare("SELECT step, body, seal FROM kept WHERE key = ?");
    this.#loaded = this.#read();
    this.#tailLength = this.#loaded.tail.length;
    for (const row of database.prepare("SELECT key, step, body, seal FROM kept").iterate())
      readSealed(ledger.file, placeOf(String(row["key"])), row, (json) => json);
    this.#history = openHistory(ledger, options);
    this.lostHistory = this.#history.lost;
    const marker = database.prepare("SELECT recovered FROM opening").get()?.["recovered"];
    this.#recovered = typeof marker === "string" ? (JSON.parse(marker) as Recovered) : null;
  }

  get recovered(): Recovered | null {
    return this.#recovered;
  }

  get tailLength(): number {
    return this.#tailLength;
  }

  append(events: readonly Event[]): void {
    if (events.length === 0) return;
    this.#commit(() => {
      for (const event of events) this.#write(this.#insertEvent, "event", encode(event));
      this.#tailLength += events.length;
    });
  }

  snapshot(state: State): void {
    const body = encode(state);
    this.#commit(() => {
      const { database } = this.#ledger;
      const step = this.#ledger.nextStep();
      database
        .prepare("INSERT OR REPLACE INTO snapshot (one, step, body, seal) VALUES (1, ?, ?, ?)")
        .run(step, body, sealOf("snapshot", step, body));
      database.prepare("DELETE FROM event WHERE step < ?").run(step);
      if (this.#recovered) database.exec("UPDATE opening SET recovered = NULL");
      this.#tailLength = 0;
      this.#recovered = null;
    });
  }

  load(): Loaded<State, Event> {
    const loaded = this.#loaded ?? this.#explained(() => this.#read());
    this.#loaded = null; // it may be large, and is wanted once
    return loaded;
  }

  keep(key: string, value: Json): void {
    if (key === FORGOTTEN) throw fail("internal-error", this.#ledger.file, "a key is empty");
    const body = encode(value);
    this.#commit(() => this.#putKeptAt(key, body));
  }

  recall<Value>(key: string, parse: (json: Json) => Value): Value | null {
    const row = this.#explained(() => this.#getKept.get(key));
    if (!row || key === FORGOTTEN) return null;
    return parse(readSealed(this.#ledger.file, placeOf(key), row, (json) => json));
  }

  forget(key: string): void {
    this.#commit(() => {
      const { changes } = this.#ledger.database
        // Node.js 22.13 counts only parameters without a number ("column index out of range").
        .prepare("DELETE FROM kept WHERE key = ? OR (key > ? || '/' AND key < ? || '0')")
        .run(key, key, key);
      if (changes > 0) this.#putKeptAt(FORGOTTEN, "null");
    });
  }

  recordEnd(entry: HistoryEntry<Past>): void {
    this.#commit(() => this.#history.record(entry));
  }

  history(limit: number, before?: RolloutId): readonly HistoryEntry<Past>[] {
    return this.#explained(() => this.#history.newestFirst(limit, before));
  }

  atomically<Result>(work: () => Result): Result {
    return this.#commit(work);
  }

  forgetPrevious(): void {
    this.#explained(this.#opening.forgetPrevious);
  }

  close(): void {
    if (!this.#ledger.close()) return;
    this.#opening.release();
  }

  #commit<Result>(work: () => Result): Result {
    const [tailLength, recovered] = [this.#tailLength, this.#recovered];
    this.#loaded = null;
    try {
      return this.#ledger.commit(work);
    } catch (error) {
      this.#tailLength = tailLength;
      this.#recovered = recovered;
      throw error;
    }
  }

  #write(statement: Statement, place: string, body: string): void {
    const step = this.#ledger.nextStep();
    statement.run(step, body, sealOf(place, step, body));
  }

  #putKeptAt(key: string, body: string): void {
    const step = this.#ledger.nextStep();
    this.#putKept.run(key, step, body, sealOf(placeOf(key), step, body));
  }

  #read(): Loaded<State, Event> {
    const { database, file } = this.#ledger;
    const last = database.prepare("SELECT step, body, seal FROM snapshot").get();
    const tail: Event[] = [];
    for (const row of database
      .prepare("SELECT step, body, seal FROM event ORDER BY step")
      .iterate())
      tail.push(readSealed(file, "event", row, this.#options.parseEvent));
    const snapshot = last ? readSealed(file, "snapshot", last, this.#options.parseState) : null;
    return { snapshot, tail };
  }

  #explained<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw explain(error, this.#ledger.file);
    }
  }
}

const placeOf = (key: string): string => `kept ${key}`;

function encode(value: unknown): string {
  const body: string | undefined = JSON.stringify(value);
  if (body === undefined) throw new TypeError("only JSON can be kept in the journal");
  return body;
}

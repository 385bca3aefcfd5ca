import type { DurationMs, EpochMs, RolloutId } from "../contract/index.ts";
import type { Schema } from "./schema.ts";

/** What JSON.parse gave, not looked at yet. */
export type Json = unknown;

export interface StoreOptions<State, Event, Past> {
  /** Each throws what it finds wrong; a journal that its reader does not understand counts as damaged. */
  readonly parseState: (json: Json) => State;
  readonly parseEvent: (json: Json) => Event;
  readonly parsePast: (json: Json) => Past;
  /** The wall clock at opening; it names files that are moved aside. */
  readonly at: EpochMs;
  /** How long ended rollouts are remembered; default 365 days. */
  readonly historyMs?: DurationMs;
  /** Default: this build's. */
  readonly schema?: Schema;
}

/** The last snapshot (null: none yet) and the events that came after it, oldest first. */
export interface Loaded<State, Event> {
  readonly snapshot: State | null;
  readonly tail: readonly Event[];
}

/** A rollout that has ended. */
export interface HistoryEntry<Past> {
  readonly rollout: RolloutId;
  readonly endedAt: EpochMs;
  readonly past: Past;
}

/** What was wrong, and where the evidence lies. */
export interface Recovered {
  /** `hub-state-damaged`, or `hub-state-newer` after a return to an older hub. */
  readonly code: "hub-state-damaged" | "hub-state-newer";
  readonly why: string;
  /** File names in the state folder. */
  readonly movedTo: string | null;
  /** How many ended rollouts could be read out of it. */
  readonly savedHistory: number;
}

/**
 * The hub's durable journal. Everything is synchronous, and on disk when it returns: the hub may act on an
 * event the moment `append` is back. A call that throws has changed nothing (`hub-state-failed`).
 */
export interface Store<State, Event, Past> {
  /**
   * Not null until the first `snapshot`, also over restarts: the journal was begun anew, and the hub has to
   * learn its state from what the broker retains.
   */
  readonly recovered: Recovered | null;
  /** The schema version whose file this one was made from at this opening. */
  readonly migratedFrom: number | null;
  /** Ended rollouts that were found damaged at this opening, and left out. */
  readonly lostHistory: number;
  /** Events since the last snapshot: a restart replays them, so that a snapshot is due at about a thousand. */
  readonly tailLength: number;
  append(events: readonly Event[]): void;
  /** The state after all events so far, which it replaces. */
  snapshot(state: State): void;
  load(): Loaded<State, Event>;
  /** Remembers a value: soak progress, a baseline. Keys are paths, such as `soak/<rollout>/<host>`. */
  keep(key: string, value: Json): void;
  /** @throws what `parse` throws; NixwaveError hub-state-damaged */
  recall<Value>(key: string, parse: (json: Json) => Value): Value | null;
  /** Forgets this key and every key below it (`key/...`). */
  forget(key: string): void;
  /** Once per rollout: a second entry of the same rollout replaces the first. Also forgets what is too old. */
  recordEnd(entry: HistoryEntry<Past>): void;
  /** Newest first, at most `limit`; with `before` the ones recorded before that rollout. */
  history(limit: number, before?: RolloutId): readonly HistoryEntry<Past>[];
  /** All calls inside are one commit, or none of them happened. */
  atomically<Result>(work: () => Result): Result;
  /** Deletes the previous schema's file. For when the hub's own host is committed, and not before. */
  forgetPrevious(): void;
  close(): void;
}

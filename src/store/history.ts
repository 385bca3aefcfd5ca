import {
  type DurationMs,
  type EpochMs,
  parseDuration,
  parseRolloutId,
  type RolloutId,
} from "../contract/index.ts";
import type { Database } from "../disk/index.ts";
import { type Ledger, type Row, readSealed } from "./ledger.ts";
import { sealOf } from "./seal.ts";
import type { HistoryEntry, Json } from "./store.ts";

/** Ended rollouts, in the order in which they were recorded: a wrong clock cannot put them in another. */
export interface History<Past> {
  /** Entries found damaged at opening, and left out. */
  readonly lost: number;
  /** Inside a commit. */
  record(entry: HistoryEntry<Past>): void;
  newestFirst(limit: number, before?: RolloutId): readonly HistoryEntry<Past>[];
}

interface HistoryOptions<Past> {
  readonly parsePast: (json: Json) => Past;
  readonly historyMs?: DurationMs;
}

const YEAR: DurationMs = parseDuration("365d");
/** A clock that is a century ahead for a minute must not empty the history. */
const KEPT_WHATEVER_THEIR_AGE = 50;
const KEPT_AT_MOST = 10_000;

const COLUMNS = "step, rollout, ended_at, body, seal";

/** Reads every entry once. Each stands alone, so a damaged one costs only itself. */
export function openHistory<Past>(ledger: Ledger, options: HistoryOptions<Past>): History<Past> {
  const { database, file } = ledger;
  const damaged: number[] = [];
  for (const row of database.prepare(`SELECT ${COLUMNS} FROM past`).iterate())
    if (readEntry(file, row, options.parsePast) === null) damaged.push(Number(row["step"]));
  if (damaged.length > 0) {
    const remove = database.prepare("DELETE FROM past WHERE step = ?");
    ledger.commit(() => {
      for (const step of damaged) remove.run(step);
    });
  }
  return {
    lost: damaged.length,
    record: (entry) => {
      insertEntry(database, ledger.nextStep(), entry);
      prune(database, entry.endedAt, options.historyMs ?? YEAR);
    },
    newestFirst: (limit, before) =>
      database
        .prepare(
          `SELECT ${COLUMNS} FROM past
           WHERE ? IS NULL OR step < (SELECT step FROM past WHERE rollout = ?)
           ORDER BY step DESC LIMIT ?`,
        )
        .all(before ?? null, before ?? null, limit)
        .map((row) => read(file, row, options.parsePast)),
  };
}

export function insertEntry<Past>(
  database: Database,
  step: number,
  { rollout, endedAt, past }: HistoryEntry<Past>,
): void {
  const body = JSON.stringify(past);
  database
    .prepare(
      "INSERT OR REPLACE INTO past (step, rollout, ended_at, body, seal) VALUES (?, ?, ?, ?, ?)",
    )
    .run(step, rollout, endedAt, body, sealOf(placeOf(rollout, endedAt), step, body));
}

/** Every entry that can be read out of a damaged database, oldest first; stops where it cannot be read on. */
export function salvageHistory<Past>(
  database: Database,
  file: string,
  parsePast: (json: Json) => Past,
): readonly HistoryEntry<Past>[] {
  const saved: HistoryEntry<Past>[] = [];
  try {
    for (const row of database.prepare(`SELECT ${COLUMNS} FROM past ORDER BY step`).iterate()) {
      const entry = readEntry(file, row, parsePast);
      if (entry) saved.push(entry);
    }
  } catch {
    // The damage itself; what came before it is good.
  }
  return saved;
}

function prune(database: Database, now: EpochMs, keepMs: DurationMs): void {
  database
    .prepare(
      `DELETE FROM past WHERE
         (ended_at < ? AND step <= (SELECT step FROM past ORDER BY step DESC LIMIT 1 OFFSET ?))
         OR step <= (SELECT step FROM past ORDER BY step DESC LIMIT 1 OFFSET ?)`,
    )
    .run(now - keepMs, KEPT_WHATEVER_THEIR_AGE, KEPT_AT_MOST);
}

function readEntry<Past>(
  file: string,
  row: Row,
  parsePast: (json: Json) => Past,
): HistoryEntry<Past> | null {
  try {
    return read(file, row, parsePast);
  } catch {
    return null; // whatever is wrong with it, it stands alone
  }
}

const read = <Past>(
  file: string,
  row: Row,
  parsePast: (json: Json) => Past,
): HistoryEntry<Past> => {
  const rollout = String(row["rollout"]);
  const endedAt = Number(row["ended_at"]) as EpochMs;
  return readSealed(file, placeOf(rollout, endedAt), row, (json) => ({
    rollout: parseRolloutId(rollout),
    endedAt,
    past: parsePast(json),
  }));
};

const placeOf = (rollout: string, endedAt: number): string => `past ${rollout} ${endedAt}`;

import { type Database, rollBack } from "../disk/index.ts";
import { explain, fail } from "./failure.ts";
import { sealOf } from "./seal.ts";
import type { Witness } from "./witness.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Commits: all or nothing, one at a time, each thing written with the next step's number. */
export class Ledger {
  readonly database: Database;
  readonly file: string;
  readonly #witness: Witness;
  #step: number;
  /** What the witness has been told. */
  #seen: number;
  #depth = 0;
  #isClosed: boolean = false;

  constructor(database: Database, file: string, witness: Witness) {
    this.database = database;
    this.file = file;
    this.#witness = witness;
    this.#step = lastStep(database);
    this.#seen = this.#step;
  }

  /** To be written with the row. */
  nextStep(): number {
    this.#step += 1;
    return this.#step;
  }

  /** Durable when it returns; inside another one it belongs to that. @throws NixwaveError hub-state-failed */
  commit<Result>(work: () => Result): Result {
    if (this.#depth > 0) return work();
    const before = this.#step;
    this.#depth = 1;
    try {
      if (this.#seen !== this.#step) this.#tellWitness();
      this.database.exec("BEGIN IMMEDIATE");
      const result = work();
      this.database.exec("COMMIT");
      this.#tellWitnessIfItListens();
      return result;
    } catch (error) {
      if (rollBack(this.database)) this.#step = before;
      throw explain(error, this.file);
    } finally {
      this.#depth = 0;
    }
  }

  #tellWitness(): void {
    this.#witness.write(this.#step);
    this.#seen = this.#step;
  }

  /** What is committed is committed: a witness that cannot be written refuses the next commit, not this one. */
  #tellWitnessIfItListens(): void {
    try {
      this.#tellWitness();
    } catch {
      // `#seen` stays behind.
    }
  }

  /** @returns whether it was open */
  close(): boolean {
    if (this.#isClosed) return false;
    this.#isClosed = true;
    this.database.close();
    this.#witness.close();
    return true;
  }
}

export function lastStep(database: Database): number {
  const row = database
    .prepare(
      `SELECT max((SELECT ifnull(max(step), 0) FROM event), (SELECT ifnull(max(step), 0) FROM snapshot),
         (SELECT ifnull(max(step), 0) FROM kept), (SELECT ifnull(max(step), 0) FROM past)) AS step`,
    )
    .get();
  return Number(row?.["step"]);
}

/** The JSON of a sealed row, understood. @throws NixwaveError hub-state-damaged */
export function readSealed<T>(
  file: string,
  place: string,
  row: Row,
  parse: (json: unknown) => T,
): T {
  const body = String(row["body"]);
  const step = Number(row["step"]);
  if (sealOf(place, step, body) !== row["seal"])
    throw fail("hub-state-damaged", file, `${place} ${step} does not match its checksum`);
  try {
    return parse(JSON.parse(body));
  } catch (error) {
    throw fail("hub-state-damaged", file, `${place} ${step}: ${(error as Error).message}`, error);
  }
}

import { type Database, pragmaOf } from "../disk/index.ts";
import { fail } from "./failure.ts";

/**
 * Steps from nothing to the newest version; `steps[n]` makes version n + 1 out of version n, tables and the
 * JSON in them alike. A step that has been released is never changed: a new form of the state is a new step.
 */
export interface Schema {
  readonly steps: readonly ((database: Database) => void)[];
}

/** "NxwH" in the file's header says whose database it is (sqlite.org/pragma.html, application_id). */
const APPLICATION_ID = 0x4e_78_77_48;

export const versionOf = ({ steps }: Schema): number => steps.length;

export const SCHEMA: Schema = {
  steps: [
    (database) =>
      // `step` counts everything that was ever written, so that a loss at the end can be seen (witness.ts).
      database.exec(
        `CREATE TABLE event (step INTEGER PRIMARY KEY, body TEXT NOT NULL, seal INTEGER NOT NULL);
         CREATE TABLE snapshot (one INTEGER PRIMARY KEY CHECK (one = 1), step INTEGER NOT NULL,
           body TEXT NOT NULL, seal INTEGER NOT NULL);
         CREATE TABLE kept (key TEXT PRIMARY KEY, step INTEGER NOT NULL, body TEXT NOT NULL,
           seal INTEGER NOT NULL) WITHOUT ROWID;
         CREATE TABLE past (step INTEGER PRIMARY KEY, rollout TEXT NOT NULL UNIQUE,
           ended_at INTEGER NOT NULL, body TEXT NOT NULL, seal INTEGER NOT NULL);
         CREATE INDEX past_by_end ON past (ended_at);
         CREATE TABLE opening (one INTEGER PRIMARY KEY CHECK (one = 1), token TEXT NOT NULL,
           made_from TEXT, recovered TEXT);
         INSERT INTO opening (one, token) VALUES (1, '')`,
      ),
  ],
};

/** Brings a database from version `from` to the schema's newest, in one transaction; a failed one ends with its connection. */
export function migrate(database: Database, schema: Schema, from: number): void {
  database.exec("BEGIN IMMEDIATE");
  for (const step of schema.steps.slice(from)) step(database);
  database.exec(
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${versionOf(schema)}; COMMIT`,
  );
}

/** @throws NixwaveError hub-state-damaged */
export function refuseForeign(database: Database, file: string, version: number): void {
  if (pragmaOf(database, "application_id") !== APPLICATION_ID)
    throw fail("hub-state-damaged", file, "it is not a journal of Nixwave's hub");
  const found = pragmaOf(database, "user_version");
  if (found !== version)
    throw fail("hub-state-damaged", file, `it says version ${found} under the name of ${version}`);
}

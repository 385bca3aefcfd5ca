import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { NixwaveError, type StorePath } from "../../src/contract/index.ts";
import { parseStoredPaths, type StoredPath, type StoredRow } from "./stored-path.ts";

/** Of Nix 2.0 to today; also Lix's. A store that a later one has changed is its own program's to read. */
const KNOWN_SCHEMA = "10";
const SCHEMA_BYTES = 16;
/** A desktop's closure is 3000 paths; what is beyond this is left to Nix, which needs no copy of it. */
const MOST_PATHS = 20_000;
/** Of all rows together, in characters or bytes. */
const MOST_TEXT = 32 * 1024 * 1024;
/** Of one field: SQLite cuts what is longer, so that no more of it comes to be refused. */
const MOST_FIELD = 256 * 1024;
/** SQLite's text ends at a zero byte for whoever reads it, and does not when it is compared: Nix finds no such path. */
const IS_WHOLE = "length(v.path) = length(CAST(v.path AS BLOB))";

const PATH = `CASE WHEN ${IS_WHOLE} THEN substr(v.path, 1, ${MOST_FIELD}) END AS path`;
const COLUMNS = `v.id, ${PATH}, substr(v.hash, 1, ${MOST_FIELD}) AS hash,
    v.narSize, v.ultimate, substr(v.sigs, 1, ${MOST_FIELD}) AS sigs, substr(v.ca, 1, ${MOST_FIELD}) AS ca,
    substr(v.deriver, 1, ${MOST_FIELD}) AS deriver,
    (SELECT substr(group_concat(reference), 1, ${MOST_FIELD}) FROM Refs WHERE referrer = v.id) AS refs`;

const CLOSURE = `
  WITH RECURSIVE closure(id) AS (
    SELECT id FROM ValidPaths WHERE path = ?
    UNION SELECT reference FROM Refs JOIN closure ON referrer = closure.id)
  SELECT ${COLUMNS} FROM closure LEFT JOIN ValidPaths v ON v.id = closure.id
  LIMIT ${MOST_PATHS + 1}`;

/** Of paths in a JSON array those that are valid. */
const NAMED = `SELECT ${COLUMNS} FROM json_each(?) named JOIN ValidPaths v ON v.path = named.value LIMIT ${MOST_PATHS + 1}`;
/** What rows in a JSON array of ids refer to. */
const NEEDED = `
  SELECT v.id, ${PATH} FROM ValidPaths v
  WHERE v.id IN (SELECT reference FROM json_each(?) ids JOIN Refs ON referrer = ids.value) LIMIT ${MOST_PATHS + 1}`;

/**
 * What Nix's own database says of `path` and all that it needs, as of one moment; empty where `path` is not valid.
 * Nix commits a path there before it says that it has it, and `nix store verify` reads nothing else of it.
 * @param root the folder that stands for `/` of the host
 * @throws NixwaveError nix-database-unread whatever keeps it from being read as a whole
 */
export async function readClosure(root: string, path: StorePath): Promise<readonly StoredPath[]> {
  return read(root, (ask) => parseStoredPaths(ask(CLOSURE, path)));
}

/**
 * The same of those of `paths` that are valid, without what they need.
 * @throws NixwaveError nix-database-unread
 */
export async function readNamed(
  root: string,
  paths: readonly string[],
): Promise<readonly StoredPath[]> {
  return read(root, (ask) => {
    const rows = ask(NAMED, JSON.stringify(paths));
    return parseStoredPaths(rows, ask(NEEDED, JSON.stringify(rows.map(({ id }) => id))));
  });
}

type Ask = (statement: string, value: string) => readonly StoredRow[];

async function read(
  root: string,
  work: (ask: Ask) => readonly StoredPath[],
): Promise<readonly StoredPath[]> {
  const folder = join(root, "nix/var/nix/db");
  try {
    requireKnownSchema(join(folder, "schema"));
    // Most runs of the activator have nothing to read: loaded by the first that does.
    // biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
    const sqlite = await import("node:sqlite");
    return asOfNow(sqlite, join(folder, "db.sqlite"), work);
  } catch (error) {
    if (error instanceof NixwaveError) throw error;
    throw unread((error as Error).message, error);
  }
}

const unread = (why: string, cause?: unknown): NixwaveError =>
  new NixwaveError("nix-database-unread", `Nix's database: ${why}`, { cause });

function requireKnownSchema(file: string): void {
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(SCHEMA_BYTES);
    const text = bytes.toString("latin1", 0, readSync(descriptor, bytes)).replace(/\n$/, "");
    if (text !== KNOWN_SCHEMA)
      throw unread(`its schema is ${JSON.stringify(text)}, not known here`);
  } finally {
    closeSync(descriptor);
  }
}

const isLong = (field: unknown): field is string | Uint8Array =>
  typeof field === "string" || field instanceof Uint8Array;

type Sqlite = typeof import("node:sqlite");

/**
 * Waits for nobody: a lock is a reason to leave it to Nix. Reading a database with a write-ahead log makes the log's two
 * files where no Nix has them open; the next program of Nix takes them away.
 */
function asOfNow<T>({ DatabaseSync }: Sqlite, file: string, work: (ask: Ask) => T): T {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    database.exec("PRAGMA trusted_schema = OFF; BEGIN"); // no code of the file runs; one moment for all rows
    const result = work((statement, value) => rowsOf(database.prepare(statement).iterate(value)));
    // With `use-sqlite-wal = false` Nix locks by a file of its own, which SQLite here knows nothing of.
    const mode = database.prepare("PRAGMA journal_mode").get()?.["journal_mode"];
    if (mode !== "wal") throw unread(`it is written without a write-ahead log (${String(mode)})`);
    return result;
  } finally {
    database.close(); // ends the transaction
  }
}

function rowsOf(found: Iterable<StoredRow>): readonly StoredRow[] {
  const rows: StoredRow[] = [];
  let size = 0;
  for (const row of found) {
    const sizes = Object.values(row).map((field) => (isLong(field) ? field.length : 0));
    size += sizes.reduce((sum, one) => sum + one);
    const isTooMuch = rows.push(row) > MOST_PATHS || size > MOST_TEXT;
    if (isTooMuch || sizes.some((one) => one >= MOST_FIELD)) throw unread("too much to read here");
  }
  return rows;
}

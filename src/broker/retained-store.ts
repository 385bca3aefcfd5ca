import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import { NixwaveError } from "../contract/index.ts";

/** A retained message as it is kept. An empty payload removes it (MQTT 3.1.1 section 3.3.1.3). */
export interface RetainedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
}

/** Retained messages on disk. One process at a time; the kernel frees the lock however that process ends. */
export interface RetainedStore {
  load(): readonly RetainedMessage[];
  /** Durable when it returns: one transaction, one fsync. @throws NixwaveError broker-state-failed */
  write(changes: readonly RetainedMessage[]): void;
  close(): void;
}

const FILE_NAME = "retained.sqlite";
/** "Nxw1" in the file's header says whose database it is (sqlite.org/pragma.html, application_id). */
const APPLICATION_ID = 0x4e_78_77_31;
const SCHEMA_VERSION = 1;
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** @throws NixwaveError broker-state-locked | broker-state-unreadable | broker-state-failed */
export function openRetainedStore(stateDir: string): RetainedStore {
  const file = join(stateDir, FILE_NAME);
  let database: DatabaseSync | undefined;
  try {
    makeFolder(stateDir);
    database = new DatabaseSync(file, { timeout: 0 });
    prepare(database, file);
    chmodSync(file, 0o600);
    return storeOver(database, file);
  } catch (error) {
    database?.close();
    throw explain(error, file);
  }
}

/** The last level only: Node's recursive mkdir never returns below folders such as /proc that refuse with ENOENT. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function prepare(database: DatabaseSync, file: string): void {
  // An exclusive WAL needs no shared-memory file and keeps a second broker out for as long as this one lives.
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL; BEGIN IMMEDIATE");
  const isNew = number(database, "SELECT count(*) AS n FROM sqlite_schema") === 0;
  if (isNew) {
    database.exec(
      `CREATE TABLE retained (topic TEXT PRIMARY KEY, payload BLOB NOT NULL, qos INTEGER NOT NULL) WITHOUT ROWID;
       PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
    );
  }
  database.exec("COMMIT");
  refuseForeign(database, file);
}

function refuseForeign(database: DatabaseSync, file: string): void {
  const owner = number(database, "PRAGMA application_id", "application_id");
  const version = number(database, "PRAGMA user_version", "user_version");
  if (owner !== APPLICATION_ID || version !== SCHEMA_VERSION) {
    throw new NixwaveError(
      "broker-state-unreadable",
      owner === APPLICATION_ID
        ? `${file} was written by another version of Nixwave (format ${version}, this one reads ${SCHEMA_VERSION})`
        : `${file} is another program's database`,
      { where: file },
    );
  }
  const [check] = database.prepare("PRAGMA quick_check(1)").all();
  if (check?.["quick_check"] !== "ok") {
    throw new NixwaveError("broker-state-unreadable", `${file} is damaged`, { where: file });
  }
}

function storeOver(database: DatabaseSync, file: string): RetainedStore {
  const select = database.prepare("SELECT topic, payload, qos FROM retained");
  const put = database.prepare(
    "INSERT OR REPLACE INTO retained (topic, payload, qos) VALUES (?, ?, ?)",
  );
  const remove = database.prepare("DELETE FROM retained WHERE topic = ?");
  return {
    load: () => select.all() as unknown as readonly RetainedMessage[],
    write: (changes) => {
      try {
        database.exec("BEGIN IMMEDIATE");
        for (const { topic, payload, qos } of changes) {
          if (payload.byteLength === 0) remove.run(topic);
          else put.run(topic, payload, qos);
        }
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw explain(error, file);
      }
    },
    close: () => database.close(),
  };
}

function number(database: DatabaseSync, query: string, column = "n"): number {
  return Number(database.prepare(query).get()?.[column]);
}

function explain(error: unknown, file: string): NixwaveError {
  if (error instanceof NixwaveError) return error;
  const { errcode, message } = error as Error & { errcode?: number };
  // Extended result codes carry the primary one in their low byte (sqlite.org/rescode.html).
  switch ((errcode ?? 0) & 0xff) {
    case SQLITE_BUSY:
      return new NixwaveError("broker-state-locked", `${file} is in use by another broker`, {
        where: file,
        cause: error,
      });
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new NixwaveError("broker-state-unreadable", `${file} is damaged: ${message}`, {
        where: file,
        cause: error,
      });
    default:
      return new NixwaveError("broker-state-failed", `${file}: ${message}`, {
        where: file,
        cause: error,
      });
  }
}

import { join } from "node:path";
import { NixwaveError } from "../contract/index.ts";
import {
  type Database,
  faultOf,
  findDamage,
  logOf,
  makeFolder,
  openDiskSync,
  openDurably,
  pragmaOf,
  rollBack,
} from "../disk/index.ts";

/** A retained message as it is kept. An empty payload removes it (MQTT 3.1.1 section 3.3.1.3). */
export interface RetainedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
}

/** Retained messages on disk. One process at a time; the kernel frees the lock however that process ends. */
export interface RetainedStore {
  load(): readonly RetainedMessage[];
  /** Survives the process when it returns: one transaction. @throws NixwaveError broker-state-failed */
  write(changes: readonly RetainedMessage[]): void;
  /** Resolves when all that was written until now survives a power cut. @throws NixwaveError broker-state-failed */
  durable(): Promise<void>;
  close(): void;
}

const FILE_NAME = "retained.sqlite";
/** "Nxw1" in the file's header says whose database it is (sqlite.org/pragma.html, application_id). */
const APPLICATION_ID = 0x4e_78_77_31;
const SCHEMA_VERSION = 1;

/** @throws NixwaveError broker-state-locked | broker-state-unreadable | broker-state-failed */
export function openRetainedStore(stateDir: string): RetainedStore {
  const file = join(stateDir, FILE_NAME);
  let database: Database | undefined;
  try {
    makeFolder(stateDir);
    database = openDurably(file, "on-request");
    prepare(database, file);
    return storeOver(database, file);
  } catch (error) {
    database?.close();
    throw explain(error, file);
  }
}

function prepare(database: Database, file: string): void {
  database.exec("BEGIN IMMEDIATE");
  const isNew = database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (isNew) {
    database.exec(
      `CREATE TABLE retained (topic TEXT PRIMARY KEY, payload BLOB NOT NULL, qos INTEGER NOT NULL) WITHOUT ROWID;
       PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
    );
  }
  database.exec("COMMIT");
  refuseForeign(database, file);
}

function refuseForeign(database: Database, file: string): void {
  const version = pragmaOf(database, "user_version");
  if (pragmaOf(database, "application_id") !== APPLICATION_ID)
    throw unreadable(file, "is another program's database");
  if (version !== SCHEMA_VERSION)
    throw unreadable(
      file,
      `was written by another version of Nixwave (format ${version}, this one reads ${SCHEMA_VERSION})`,
    );
  if (findDamage(database) !== null) throw unreadable(file, "is damaged");
}

const unreadable = (file: string, why: string, cause?: unknown): NixwaveError =>
  new NixwaveError("broker-state-unreadable", `${file} ${why}`, { where: file, cause });

function storeOver(database: Database, file: string): RetainedStore {
  const select = database.prepare("SELECT topic, payload, qos FROM retained");
  const put = database.prepare(
    "INSERT OR REPLACE INTO retained (topic, payload, qos) VALUES (?, ?, ?)",
  );
  const remove = database.prepare("DELETE FROM retained WHERE topic = ?");
  // Not the database itself: closing a second descriptor of it would end this process's lock (POSIX).
  const disk = openDiskSync(logOf(file));
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
        disk.wrote();
      } catch (error) {
        rollBack(database);
        throw explain(error, file);
      }
    },
    durable: async () => {
      try {
        await disk.synced();
      } catch (error) {
        throw explain(error, file);
      }
    },
    close: () => {
      disk.close();
      database.close();
    },
  };
}

function explain(error: unknown, file: string): NixwaveError {
  if (error instanceof NixwaveError) return error;
  const { message } = error as Error;
  const detail = { where: file, cause: error };
  switch (faultOf(error, file)) {
    case "locked":
      return new NixwaveError("broker-state-locked", `${file} is in use by another broker`, detail);
    case "damaged":
      return unreadable(file, `is damaged: ${message}`, error);
    case "full":
    case "failed":
      return new NixwaveError("broker-state-failed", `${file}: ${message}`, detail);
  }
}

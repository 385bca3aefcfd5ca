import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Database, openDurably, openToRead, syncFolder } from "../disk/index.ts";
import { explainReading, isDamage } from "./failure.ts";
import { journalFile, moveAside, removeJournal, versionsIn, witnessFile } from "./files.ts";
import { insertEntry, salvageHistory } from "./history.ts";
import { lastStep } from "./ledger.ts";
import { migrate, refuseForeign, type Schema } from "./schema.ts";
import type { HistoryEntry, Recovered, StoreOptions } from "./store.ts";
import { openWitness, removeWitness } from "./witness.ts";

export interface Place {
  readonly folder: string;
  readonly schema: Schema;
  readonly version: number;
}

type Reader<Past> = Pick<StoreOptions<unknown, unknown, Past>, "parsePast" | "at">;

/** Why a journal begins anew. `historyFrom`: a file name in the folder, out of which ended rollouts are saved. */
export type Loss = Omit<Recovered, "savedHistory"> & { readonly historyFrom: string | null };

/** A new journal; with `loss` one that says what it stands in for. */
export function beginAnew<Past>(
  place: Place,
  { parsePast }: Reader<Past>,
  loss: Loss | null,
): void {
  const { folder, version, schema } = place;
  const saved = loss?.historyFrom ? salvage(join(folder, loss.historyFrom), parsePast) : [];
  const fresh = freshFile(place);
  const older = versionsIn(folder).findLast((one) => one < version);
  const token = older === undefined ? null : readToken(journalFile(folder, older));
  removeJournal(fresh);
  build(fresh, (database) => {
    migrate(database, schema, 0);
    saved.forEach((entry, index) => {
      insertEntry(database, index + 1, entry);
    });
    stampOrigin(database, token);
    if (loss) mark(database, loss, saved.length);
  });
  install(place, fresh);
}

/**
 * Makes this version's journal out of an older one's, which stays as it is. One that was made before, and left
 * behind when the hub returned to the older version, is moved aside.
 * @returns the older version; null when it could not be read and the journal is begun anew
 */
export function bringForward<Past>(
  place: Place,
  older: number,
  isThere: boolean,
  options: Reader<Past>,
): number | null {
  const { folder, schema, version } = place;
  const from = journalFile(folder, older);
  const fresh = freshFile(place);
  let loss: Loss | null = null;
  try {
    copySound(from, older, fresh);
    const token = readToken(from);
    build(fresh, (database) => {
      migrate(database, schema, older);
      stampOrigin(database, token);
    });
  } catch (error) {
    const explained = explainReading(error, from);
    if (!isDamage(explained)) throw explained;
    loss = {
      code: "hub-state-damaged",
      why: explained.message,
      movedTo: null,
      historyFrom: `hub-v${older}.sqlite`,
    };
  }
  // The old witness first: it has seen steps that the new file does not have.
  removeWitness(witnessFile(folder, version));
  if (isThere) moveAside(folder, version, "abandoned", options.at);
  if (loss) beginAnew(place, options, loss);
  else install(place, fresh);
  return loss ? null : older;
}

/** Which opening was the file's last, and which one of the previous version's it was made after. */
export function tokensOf(file: string): { token: string; madeFrom: string | null } {
  const database = openDurably(file);
  try {
    const row = database.prepare("SELECT token, made_from FROM opening").get();
    const madeFrom = row?.["made_from"];
    return {
      token: String(row?.["token"]),
      madeFrom: typeof madeFrom === "string" ? madeFrom : null,
    };
  } finally {
    database.close();
  }
}

/** Null for a file that cannot be read. */
function readToken(file: string): string | null {
  try {
    return tokensOf(file).token;
  } catch (error) {
    if (isDamage(explainReading(error, file))) return null;
    throw error;
  }
}

function copySound(from: string, version: number, to: string): void {
  const database = openDurably(from);
  try {
    refuseForeign(database, from, version);
    database.prepare("VACUUM INTO ?").run(to);
  } finally {
    database.close();
  }
}

function build(file: string, fill: (database: Database) => void): void {
  const database = openDurably(file);
  try {
    fill(database);
  } finally {
    database.close(); // folds the log into the file, with a sync
  }
}

function install({ folder, version }: Place, fresh: string): void {
  const file = journalFile(folder, version);
  rmSync(`${file}-wal`, { force: true });
  renameSync(fresh, file);
  syncFolder(folder);
  const database = openDurably(file);
  const witness = openWitness(witnessFile(folder, version));
  try {
    witness.write(lastStep(database));
  } finally {
    witness.close();
    database.close();
  }
}

function stampOrigin(database: Database, token: string | null): void {
  database.prepare("UPDATE opening SET made_from = ?, token = ''").run(token);
}

function mark(database: Database, { code, why, movedTo }: Loss, savedHistory: number): void {
  const recovered: Recovered = { code, why, movedTo, savedHistory };
  database.prepare("UPDATE opening SET recovered = ?").run(JSON.stringify(recovered));
}

function salvage<Past>(
  file: string,
  parsePast: (json: unknown) => Past,
): readonly HistoryEntry<Past>[] {
  const database = openToRead(file);
  try {
    return salvageHistory(database, file, parsePast);
  } finally {
    database.close();
  }
}

const freshFile = ({ folder, version }: Place): string => `${journalFile(folder, version)}.new`;

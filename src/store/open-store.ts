import { randomUUID } from "node:crypto";
import {
  type Database,
  findDamage,
  lockFolder,
  makeFolder,
  openDurably,
  syncFolder,
} from "../disk/index.ts";
import { beginAnew, bringForward, type Loss, type Place, tokensOf } from "./build-journal.ts";
import { explain, explainReading, fail, isDamage } from "./failure.ts";
import {
  journalFile,
  moveAside,
  newestDamaged,
  removeJournal,
  versionsIn,
  witnessFile,
} from "./files.ts";
import { Journal } from "./journal.ts";
import { Ledger, lastStep } from "./ledger.ts";
import { refuseForeign, SCHEMA, versionOf } from "./schema.ts";
import type { Store, StoreOptions } from "./store.ts";
import { openWitness, readWitness, removeWitness } from "./witness.ts";

/**
 * Opens the hub's journal in `folder`, which is made when its parent is there. Damage is no error: the file is
 * moved aside and the journal begun anew, which `recovered` says until the first snapshot.
 * @throws NixwaveError hub-state-locked | hub-state-failed
 */
export function openStore<State, Event, Past>(
  folder: string,
  options: StoreOptions<State, Event, Past>,
): Store<State, Event, Past> {
  try {
    makeFolder(folder);
    const lock = lockFolder(folder, "hub");
    if ("holder" in lock) throw refuseSecond(folder, lock.holder);
    try {
      const schema = options.schema ?? SCHEMA;
      return openLocked({ folder, schema, version: versionOf(schema) }, options, lock.release);
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw explain(error, folder);
  }
}

function refuseSecond(folder: string, holder: number | null) {
  const who = holder === null ? "another process" : `process ${holder}`;
  return fail("hub-state-locked", folder, `${who} uses it`);
}

function openLocked<State, Event, Past>(
  place: Place,
  options: StoreOptions<State, Event, Past>,
  release: () => void,
): Store<State, Event, Past> {
  const { folder, version } = place;
  removeJournal(`${journalFile(folder, version)}.new`);
  const migratedFrom = makeReady(place, options);
  const opening = {
    migratedFrom,
    forgetPrevious: () => forgetBefore(folder, version),
    release,
  };
  try {
    return openSound(place, (ledger) => new Journal(ledger, options, opening));
  } catch (error) {
    if (!isDamage(error)) throw error;
    const movedTo = moveAside(folder, version, "damaged", options.at);
    const why = error.message;
    beginAnew(place, options, { code: "hub-state-damaged", why, movedTo, historyFrom: movedTo });
    return openSound(place, (ledger) => new Journal(ledger, options, opening));
  }
}

/** Sees to it that this version has a file. @returns the version it was made from, if it was just now */
function makeReady<Past>(
  place: Place,
  options: StoreOptions<unknown, unknown, Past>,
): number | null {
  const { folder, version } = place;
  const versions = versionsIn(folder);
  const isThere = versions.includes(version);
  const older = versions.findLast((one) => one < version);
  // Before the older one: it is what this version's journal was long ago.
  const loss = isThere ? null : findMissing(place);
  if (!loss && older !== undefined && !(isThere && isMadeFrom(place, older)))
    return bringForward(place, older, isThere, options);
  if (!isThere) beginAnew(place, options, loss ?? findNewer(place, versions.at(-1)));
  return null;
}

/**
 * A journal that is not there and should be. A hub that found it damaged may have ended between moving it aside
 * and beginning anew (a full disk): its history is in what was moved.
 */
function findMissing({ folder, version }: Place): Loss | null {
  if (readWitness(witnessFile(folder, version)) === null) return null;
  const movedTo = newestDamaged(folder, version);
  const why = `${journalFile(folder, version)} is missing`;
  return { code: "hub-state-damaged", why, movedTo, historyFrom: movedTo };
}

/** After a return to an older hub whose journal was forgotten; null in a new home. */
function findNewer({ folder }: Place, newer: number | undefined): Loss | null {
  if (newer === undefined) return null;
  return {
    code: "hub-state-newer",
    why: `${folder} holds only the journal of a newer hub (version ${newer})`,
    movedTo: null,
    historyFrom: `hub-v${newer}.sqlite`,
  };
}

/** Whether nobody has used the older file since this one was made from it. Damage is for the opening to find. */
function isMadeFrom({ folder, version }: Place, older: number): boolean {
  try {
    const { madeFrom } = tokensOf(journalFile(folder, version));
    return madeFrom === tokensOf(journalFile(folder, older)).token;
  } catch (error) {
    if (isDamage(explainReading(error, folder))) return true;
    throw error;
  }
}

function openSound<Result>({ folder, version }: Place, use: (ledger: Ledger) => Result): Result {
  const file = journalFile(folder, version);
  let database: Database | undefined;
  let ledger: Ledger | undefined;
  try {
    database = openDurably(file);
    refuseForeign(database, file, version);
    const damage = findDamage(database);
    if (damage !== null) throw fail("hub-state-damaged", file, damage);
    refuseLoss(database, file, readWitness(witnessFile(folder, version)));
    ledger = new Ledger(database, file, openWitness(witnessFile(folder, version)));
    const result = use(ledger);
    database.prepare("UPDATE opening SET token = ?").run(randomUUID());
    return result;
  } catch (error) {
    if (ledger) ledger.close();
    else database?.close();
    throw explainReading(error, file);
  }
}

/** @throws NixwaveError hub-state-damaged */
function refuseLoss(database: Database, file: string, seen: number | null): void {
  const last = lastStep(database);
  if (seen !== null && seen > last)
    throw fail("hub-state-damaged", file, `it ends at step ${last}, but step ${seen} was written`);
}

function forgetBefore(folder: string, version: number): void {
  for (const older of versionsIn(folder).filter((one) => one < version)) {
    removeJournal(journalFile(folder, older));
    removeWitness(witnessFile(folder, older));
  }
  syncFolder(folder);
}

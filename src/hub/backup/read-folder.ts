import { type Dirent, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { NixwaveError } from "../../contract/index.ts";
import { copyDatabase, isDatabase, RESTORED_MARK } from "../../disk/index.ts";
import { refuseHalfRestored } from "./restore.ts";
import { isOfFileSystem } from "./restore-lock.ts";
import type { ArchivedFile } from "./tar.ts";

/**
 * What a backup leaves out: locks and drafts of running processes, the logs of databases (each is copied with its
 * log as one file), journals that were set aside because they could not be read, and what npm brings again.
 */
const LEFT_OUT = [
  /\.(lock|pid|new)$/,
  /\.\$\$\$$/, // Node-RED's drafts
  /\.sqlite-(wal|shm|journal)$/,
  /^hub-v\d+\.(damaged|abandoned)-/,
  /^(node_modules|\.npm)$/,
];
/** Beside a database of another name, such as one of Node-RED's other nodes. */
const LOG = /-(?:wal|shm|journal)$/;
/** A witness of the journal (src/store/witness.ts): written at each step, and read before the journal is. */
const WRITTEN_AT_EACH_STEP = /\.seen$/;
const JOURNAL = /(?:^|\/)hub-v\d+\.sqlite$/;
/**
 * What nobody may miss in a copy: keys, passwords, accounts, flows, databases and their witnesses. Whoever replaces one
 * of these renames over it; any other file may be a node's own that comes and goes.
 */
const STAYS = [
  /(?:^|\/)(?:keys|passwords)(?:\/|$)/,
  /(?:^|\/)(?:journal|broker)$/, // the folders; a mark beside a journal may go
  /\.(?:secret|seen|sqlite|db)$/,
  /(?:^|\/)(?:accounts|editor|flow-given|flows[^/]*)\.json$/,
];
const TRIES = 20;
const PERMISSIONS = 0o700;

export interface FolderRead {
  readonly files: readonly ArchivedFile[];
  /** Links and the like. */
  readonly left: readonly string[];
  /** Were listed, and not there any more when they were read. */
  readonly vanished: readonly string[];
}

/**
 * All files below a hub's folder, which a hub may be using: other files before databases, so that no witness is
 * ahead of its journal, and once more when one of them changed meanwhile (Node-RED writes a flow and its passwords
 * one after the other). Beside each journal lies the mark that it came out of a backup.
 * @param draft a folder of its own is made behind this name, and removed again
 * @param onListed is told of each listing, before its files are read
 * @throws NixwaveError file-unreadable | restore-interrupted
 */
export function readFolder(
  folder: string,
  draft: string,
  onListed: () => void = () => undefined,
): FolderRead {
  refuseHalfRestored(folder);
  try {
    const listed = new Set<string>();
    for (let tried = 0; tried < TRIES; tried++) {
      const places = placesIn(folder);
      refuseLost(listed, places);
      onListed();
      const read = readWhole(folder, places);
      if (read === null) continue;
      const copied = readDatabases(folder, places.databases, draft);
      const files = [...read.files, ...copied, ...marksFor(places)];
      return { files, left: places.left, vanished: read.vanished };
    }
  } catch (cause) {
    if (cause instanceof NixwaveError) throw cause;
    const why = `${folder}: ${(cause as Error).message}`;
    throw new NixwaveError("file-unreadable", why, { where: folder, cause });
  }
  throw new NixwaveError("file-unreadable", `${folder}: its files change all the time`);
}

interface Places {
  readonly plain: string[];
  readonly databases: string[];
  readonly left: string[];
}

function placesIn(
  folder: string,
  below = "",
  found: Places = { plain: [], databases: [], left: [] },
): Places {
  for (const entry of entriesOf(folder, below)) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) placesIn(folder, path, found);
    else if (!entry.isFile()) found.left.push(path);
    else if (isDatabase(join(folder, path))) found.databases.push(path);
    else if (!isLog(join(folder, path))) found.plain.push(path);
  }
  return found;
}

/** What a backup may hold; nothing of a folder that has gone since its parent was listed. */
function entriesOf(folder: string, below: string): readonly Dirent[] {
  const entries = (): readonly Dirent[] =>
    readdirSync(join(folder, below), { withFileTypes: true })
      .filter(({ name }) => !LEFT_OUT.some((one) => one.test(name)))
      .filter(({ name }) => below !== "" || !isOfFileSystem(folder, name));
  return below === "" || stays(below) ? entries() : (ifThere(entries) ?? []);
}

const isLog = (file: string): boolean => LOG.test(file) && isDatabase(file.replace(LOG, ""));
const stays = (path: string): boolean => STAYS.some((name) => name.test(path));

/** @param listed of the tries before; this one is added */
function refuseLost(listed: Set<string>, { plain, databases }: Places): void {
  const now = new Set([...plain, ...databases]);
  for (const path of listed) if (!now.has(path)) throw lost(path);
  for (const path of plain.filter(stays)) listed.add(path);
  for (const path of databases) listed.add(path);
}

const lost = (path: string): NixwaveError =>
  new NixwaveError("file-unreadable", `${path} vanished while it was copied`, { where: path });

/** Null when they changed meanwhile. @throws NixwaveError file-unreadable */
function readWhole(folder: string, { plain }: Places) {
  const before = statesOf(folder, plain);
  const files = plain.flatMap((path) => ifThere(() => readPlain(folder, path)) ?? []);
  const there = new Set(files.map(({ path }) => path));
  const vanished = plain.filter((path) => !there.has(path));
  const missed = vanished.find(stays);
  if (missed !== undefined) throw lost(missed);
  for (const path of vanished) before.delete(path);
  const after = statesOf(folder, placesIn(folder).plain);
  const isSame =
    before.size === after.size && [...before].every(([at, is]) => after.get(at) === is);
  return isSame ? { files, vanished } : null;
}

const statesOf = (folder: string, plain: readonly string[]): Map<string, string | null> =>
  new Map(
    plain
      .filter((path) => !WRITTEN_AT_EACH_STEP.test(path))
      .map((path) => [path, ifThere(() => stateOf(join(folder, path)))]),
  );

function stateOf(file: string): string {
  const { ino, mtimeNs, size } = statSync(file, { bigint: true });
  return `${ino} ${mtimeNs} ${size}`;
}

function readPlain(folder: string, path: string): ArchivedFile {
  const file = join(folder, path);
  return { path, mode: statSync(file).mode & PERMISSIONS, content: readFileSync(file) };
}

function ifThere<Found>(look: () => Found): Found | null {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Beside each journal: whoever brings it back, with this program or with tar, gets a hub that begins on hold. */
function marksFor({ plain, databases }: Places): readonly ArchivedFile[] {
  const journals = databases.filter((path) => JOURNAL.test(path));
  const marks = new Set(journals.map((path) => path.replace(/[^/]+$/, RESTORED_MARK)));
  return [...marks]
    .filter((path) => !plain.includes(path))
    .map((path) => ({ path, mode: 0o600, content: new Uint8Array() }));
}

function readDatabases(
  folder: string,
  paths: readonly string[],
  draft: string,
): readonly ArchivedFile[] {
  const room = mkdtempSync(draft);
  try {
    return paths.map((path, index) => {
      const file = join(folder, path);
      const copy = join(room, `${index}.sqlite`);
      copyDatabase(file, copy);
      return { path, mode: statSync(file).mode & PERMISSIONS, content: readFileSync(copy) };
    });
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { NixwaveError } from "../../contract/index.ts";
import { copyDatabase, isDatabase, RESTORED_MARK } from "../../disk/index.ts";
import { refuseHalfRestored } from "./restore.ts";
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
const TRIES = 20;
const PERMISSIONS = 0o700;

export interface FolderRead {
  readonly files: readonly ArchivedFile[];
  /** Links and the like. */
  readonly left: readonly string[];
}

/**
 * All files below a hub's folder, which a hub may be using: other files before databases, so that no witness is
 * ahead of its journal, and once more when one of them changed meanwhile (Node-RED writes a flow and its passwords
 * one after the other). Beside each journal lies the mark that it came out of a backup.
 * @param draft a folder of its own is made behind this name, and removed again
 * @throws NixwaveError file-unreadable | restore-interrupted
 */
export function readFolder(folder: string, draft: string): FolderRead {
  refuseHalfRestored(folder);
  try {
    for (let tried = 0; tried < TRIES; tried++) {
      const places = placesIn(folder);
      const { plain, databases, left } = places;
      const before = stateOf(folder, places);
      const read = plain.map((path) => readPlain(folder, path));
      if (before === stateOf(folder, placesIn(folder))) {
        const copied = readDatabases(folder, databases, draft);
        return { files: [...read, ...copied, ...marksFor(places)], left };
      }
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
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    if (LEFT_OUT.some((name) => name.test(entry.name))) continue;
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) placesIn(folder, path, found);
    else if (!entry.isFile()) found.left.push(path);
    else if (isDatabase(join(folder, path))) found.databases.push(path);
    else if (!isLog(join(folder, path))) found.plain.push(path);
  }
  return found;
}

const isLog = (file: string): boolean => LOG.test(file) && isDatabase(file.replace(LOG, ""));

const stateOf = (folder: string, { plain }: Places): string =>
  plain
    .filter((path) => !WRITTEN_AT_EACH_STEP.test(path))
    .map((path) => {
      const { ino, mtimeNs, size } = statSync(join(folder, path), { bigint: true });
      return `${path} ${ino} ${mtimeNs} ${size}`;
    })
    .join("\n");

function readPlain(folder: string, path: string): ArchivedFile {
  const file = join(folder, path);
  return { path, mode: statSync(file).mode & PERMISSIONS, content: readFileSync(file) };
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

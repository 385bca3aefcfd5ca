import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { NixwaveError } from "../../contract/index.ts";
import { lockFolder, makeFolder } from "../../disk/index.ts";
import { shellWord } from "../files.ts";

/** The draft of a whole-file write that was killed before it got its name (src/disk, whole-file). */
const DRAFT = /\.[0-9a-f]{12}\.new$/;
/** Of a folder for secrets: a commit would publish them, and a flake without Git is copied whole into the store. */
const PUBLIC_SIGNS = [".git", ".jj", ".hg", "flake.nix"];

/**
 * Makes the folder where it is not there and keeps it for `use`; drafts of a run that was killed are removed first.
 * @param folder absolute
 * @throws NixwaveError home-folder-public | file-unwritable, and what `use` throws
 */
export async function holdFolder<T>(folder: string, use: () => Promise<T>): Promise<T> {
  refusePublic(folder);
  const lock = take(folder);
  try {
    removeDrafts(folder);
    return await use();
  } finally {
    lock.release();
  }
}

/** @throws NixwaveError home-folder-public */
function refusePublic(folder: string): void {
  for (let at = folder; ; at = dirname(at)) {
    const sign = PUBLIC_SIGNS.find((name) => existsSync(join(at, name)));
    if (sign) {
      const why = `${folder} would hold secrets, and ${join(at, sign)} is there`;
      throw new NixwaveError("home-folder-public", why, { where: folder });
    }
    if (dirname(at) === at) return;
  }
}

function take(folder: string): { release(): void } {
  try {
    makeFolder(folder);
    if ((lstatSync(folder).mode & 0o077) !== 0) {
      const why = `other users can look into ${folder}; run: chmod 700 ${shellWord(folder)}`;
      throw new NixwaveError("secret-exposed", why, { where: folder });
    }
    const lock = lockFolder(folder, "nixwave");
    if (!("holder" in lock)) return lock;
    const who = lock.holder === null ? "" : ` (process ${lock.holder})`;
    throw new NixwaveError("file-unwritable", `another nixwave${who} works in ${folder}`);
  } catch (cause) {
    if (cause instanceof NixwaveError) throw cause;
    const why = `${folder}: ${(cause as Error).message}`;
    throw new NixwaveError("file-unwritable", why, { where: folder, cause });
  }
}

function removeDrafts(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && DRAFT.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
  }
}

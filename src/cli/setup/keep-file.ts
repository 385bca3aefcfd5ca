import { chmodSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { NixwaveError } from "../../contract/index.ts";
import { makeFolder, writeOnce } from "../../disk/index.ts";

/** What a run has made, in the order in which it did, relative to the folder. */
export interface Keeper {
  readonly made: readonly string[];
  /**
   * The text of `file`, made durably by `make` where there is none; one that is there is never changed.
   * @throws NixwaveError file-unreadable | file-unwritable
   */
  readonly keep: (file: string, make: () => string, mode?: number) => Promise<string>;
}

export function openKeeper(folder: string): Keeper {
  const made: string[] = [];
  const keep: Keeper["keep"] = async (file, make, mode) => {
    const found = await textOrNull(file);
    if (found !== null) return found;
    const text = make();
    try {
      makeFolders(folder, dirname(file));
      writeOnce(file, text);
      if (mode !== undefined) chmodSync(file, mode);
    } catch (cause) {
      const why = `${file}: ${(cause as Error).message}`;
      throw new NixwaveError("file-unwritable", why, { where: file, cause });
    }
    made.push(relative(folder, file));
    return text;
  };
  return { made, keep };
}

/** Null when there is no such file. @throws NixwaveError file-unreadable */
export async function textOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new NixwaveError("file-unreadable", `${file}: ${(cause as Error).message}`, { cause });
  }
}

function makeFolders(top: string, folder: string): void {
  if (folder === top) return;
  makeFolders(top, dirname(folder));
  makeFolder(folder);
}

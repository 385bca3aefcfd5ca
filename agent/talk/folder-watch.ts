import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "node:path";

/**
 * Tells of every change of a name in a folder, without ever polling. A folder that is not there yet is
 * awaited from the nearest one above it; one that is replaced is watched anew.
 */
export class FolderWatch {
  readonly #folder: string;
  readonly #onChange: (name: string | null) => void;
  #watcher: FSWatcher | undefined;
  /** What is watched now, and which folder it was. */
  #watched: { readonly path: string; readonly identity: string } | undefined;
  /** There, but not to be watched: waits for the next event above it, or it would be tried for ever. */
  #blocked: string | undefined;
  #isClosed: boolean;

  /** @param onChange null: anything may have changed */
  constructor(folder: string, onChange: (name: string | null) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.#isClosed = false;
    this.#arm();
  }

  close(): void {
    this.#isClosed = true;
    this.#watcher?.close();
  }

  #arm(): void {
    this.#watcher?.close();
    if (this.#isClosed) return;
    for (let path = this.#folder; ; path = dirname(path)) {
      const identity = identityOf(path);
      const watcher = identity === null ? undefined : this.#watch(path);
      if (identity === null || watcher === undefined) {
        if (identity !== null) this.#blocked = path;
        if (path === dirname(path)) return; // not even the root: the heartbeat reads the file
        continue;
      }
      this.#watcher = watcher;
      this.#watched = { path, identity };
      break;
    }
    // It may have come, or been replaced, between the look and the watch.
    if (this.#isElsewhere()) this.#arm();
  }

  #watch(path: string): FSWatcher | undefined {
    try {
      const watcher = watch(path, (_event, name) => this.#changed(name));
      watcher.on("error", () => this.#changed(null));
      return watcher;
    } catch {
      return undefined; // gone meanwhile, or not ours to read
    }
  }

  #changed(name: string | null): void {
    if (this.#isClosed) return;
    this.#blocked = undefined;
    if (this.#isElsewhere()) {
      this.#arm();
      this.#onChange(null);
    } else if (this.#watched?.path === this.#folder) this.#onChange(name);
  }

  /** The folder, or a nearer one above it, is there now; or another one has taken its place. */
  #isElsewhere(): boolean {
    const watched = this.#watched;
    if (!watched || identityOf(watched.path) !== watched.identity) return true;
    const { path } = watched;
    if (path === this.#folder) return false;
    const below = nextBelow(path, this.#folder);
    return below !== this.#blocked && identityOf(below) !== null;
  }
}

const nextBelow = (above: string, folder: string): string => {
  let path = folder;
  while (dirname(path) !== above) path = dirname(path);
  return path;
};

/**
 * Null when there is no folder. The inode alone would not do: a disk gives a new folder the number of the one that
 * has just gone (measured on ext4).
 */
function identityOf(path: string): string | null {
  try {
    const found = statSync(path, { bigint: true });
    return found.isDirectory() ? `${found.ino} ${found.birthtimeNs}` : null;
  } catch {
    return null;
  }
}

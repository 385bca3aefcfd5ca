import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type InboxSession, inboxSessionCodec, NixwaveError } from "../../src/contract/index.ts";

/**
 * What the agent hands to the activator. Every write is a rename in the same folder, so that root never
 * reads half of it. Synchronous on purpose: the folder is in memory, and what comes first lies there first.
 */
export class Inbox {
  readonly #places: { readonly inbox: string; readonly desired: string; readonly session: string };

  /** @param folder the agent's own */
  constructor(folder: string) {
    this.#places = {
      inbox: folder,
      desired: join(folder, "desired"),
      session: join(folder, "session"),
    };
  }

  /**
   * Says over which session the bytes dropped from now on come. What an older session left is taken
   * away first, or a commit that came over the connection from before the switch would pass for one
   * that came after it (DESIGN 7); `desired` is retained and comes again.
   * @throws NixwaveError file-unwritable
   */
  begin(session: InboxSession): void {
    const { inbox, desired, session: file } = this.#places;
    writing(desired, () => {
      mkdirSync(inbox, { recursive: true, mode: 0o700 });
      rmSync(desired, { force: true });
    });
    this.#replace(file, inboxSessionCodec.encode(session));
  }

  /** The same session over another connection: nothing has to be taken away. @throws NixwaveError file-unwritable */
  renew(session: InboxSession): void {
    this.#replace(this.#places.session, inboxSessionCodec.encode(session));
  }

  /** The bytes as they came; nobody has judged them. @throws NixwaveError file-unwritable */
  drop(bytes: Uint8Array): void {
    this.#replace(this.#places.desired, bytes);
  }

  #replace(path: string, bytes: Uint8Array): void {
    const fresh = join(this.#places.inbox, ".new");
    writing(path, () => {
      mkdirSync(this.#places.inbox, { recursive: true, mode: 0o700 });
      writeFileSync(fresh, bytes, { mode: 0o640 });
      renameSync(fresh, path);
    });
  }
}

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    const message = `${path}: ${(cause as Error).message}`;
    throw new NixwaveError("file-unwritable", message, { where: path, cause });
  }
}

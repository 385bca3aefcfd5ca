import type { Conductor } from "../../src/conductor/index.ts";

/** What a hub remembers of a web address, so that it does not ask for the same again after each restart. */
interface Kept {
  readonly url: string;
  readonly etag: string;
  /** The newest serial of the release that it stands for. */
  readonly serial: number;
}

/**
 * The ETag of what was fetched last. Over a restart it counts only where the hub's journal still knows that release:
 * a hub that has lost its journal asks for everything anew.
 */
export class KeptEtag {
  readonly #conductor: Pick<Conductor, "notes" | "view">;
  readonly #name: string;
  readonly #url: string;
  #seen: string | null = null;

  constructor(conductor: Pick<Conductor, "notes" | "view">, node: string, { href }: URL) {
    this.#conductor = conductor;
    this.#name = `web/${node}`;
    this.#url = href;
  }

  /** Of what this process has fetched, else of what the hub took before. */
  get(): string | null {
    if (this.#seen !== null) return this.#seen;
    const kept = readKept(this.#conductor.notes.recall(this.#name));
    const newest = this.#conductor.view.state.newestSerial;
    return kept?.url === this.#url && newest >= kept.serial ? kept.etag : null;
  }

  /** It came, whatever becomes of it: the same again would be no news to this process. */
  saw(etag: string | null): void {
    this.#seen = etag;
  }

  /** It was accepted and lies on the broker. */
  keep(etag: string | null, serial: number | null): void {
    if (etag === null || serial === null) return;
    this.#conductor.notes.keep(this.#name, { url: this.#url, etag, serial });
  }
}

function readKept(value: unknown): Kept | null {
  const { url, etag, serial } = Object(value) as Record<string, unknown>;
  const isWhole =
    typeof url === "string" && typeof etag === "string" && Number.isSafeInteger(serial);
  return isWhole ? { url, etag, serial: Number(serial) } : null;
}

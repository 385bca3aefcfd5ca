import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EpochMs, instant } from "../../src/contract/index.ts";

const FILE = "questions.json";
/** A question of a step that ended long ago is nobody's. */
const KEPT_MS = 31 * 24 * 3_600_000;
const MOST = 200;

/**
 * Until when people are asked, beyond a restart: a hub that starts again must not wait for an answer anew. Whoever asks
 * again under a name gets the first deadline. Losing the file only makes somebody wait longer.
 */
export class Deadlines {
  readonly #file: string;
  #known: Map<string, EpochMs> | null = null;

  /** @param folder the fleet's state; it may come into being later */
  constructor(folder: string) {
    this.#file = join(folder, FILE);
  }

  /** @returns the deadline under this name: the first one that was given */
  keep(name: string, until: EpochMs): EpochMs {
    const known = this.#read();
    const first = known.get(name);
    if (first !== undefined) return first;
    known.set(name, until);
    this.#write(known);
    return until;
  }

  forget(name: string): void {
    const known = this.#read();
    if (known.delete(name)) this.#write(known);
  }

  #read(): Map<string, EpochMs> {
    this.#known ??= readKnown(this.#file);
    return this.#known;
  }

  #write(known: ReadonlyMap<string, EpochMs>): void {
    const kept = [...known].slice(-MOST);
    const beside = `${this.#file}.new`;
    try {
      writeFileSync(beside, JSON.stringify(Object.fromEntries(kept)), { mode: 0o600 });
      renameSync(beside, this.#file);
    } catch {
      return; // a full disk: the journal says so, and the deadline holds as long as this process
    }
  }
}

function readKnown(file: string): Map<string, EpochMs> {
  const oldest = Date.now() - KEPT_MS;
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    const entries = Object.entries(Object(value) as Record<string, unknown>);
    return new Map(
      entries.flatMap(([name, until]) =>
        typeof until === "number" && Number.isSafeInteger(until) && until > oldest
          ? [[name, instant(until)] as const]
          : [],
      ),
    );
  } catch {
    return new Map();
  }
}

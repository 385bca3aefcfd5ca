import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  formatSecretKey,
  NixwaveError,
  parseKeyName,
  parseSecretKey,
  type SecretKey,
} from "../../src/contract/index.ts";
import { makeFolder, writeOnce } from "../../src/disk/index.ts";

const OPEN_TO_OTHERS = 0o077;
const SEED_BYTES = 32;
const OWN_KEY = parseKeyName("hub-1");

export interface KeyPlaces {
  /** From the node's credentials; "" when none is given. */
  readonly given: string;
  /** A file that the dialog of an older version named. */
  readonly file: string | null;
  /** The state folder. */
  readonly folder: string;
}

/**
 * The key that signs orders: given, or made on first use in the state folder and durable before it is used,
 * since hosts will trust nothing else.
 * @throws NixwaveError invalid-key | secret-exposed | file-unreadable | file-unwritable
 */
export function hubKeyIn({ given, file, folder }: KeyPlaces): SecretKey {
  if (given.trim() !== "") return parseSecretKey(given.trim());
  if (file !== null) return parseSecretKey(readSecret(file) ?? missing(file));
  const own = join(folder, "hub.secret");
  const present = readSecret(own);
  if (present !== null) return parseSecretKey(present);
  makeKeyFile(own);
  return parseSecretKey(readSecret(own) ?? missing(own));
}

function missing(file: string): never {
  throw new NixwaveError("file-unreadable", `${file} is not there`, { where: file });
}

/** Without the line break at its end; null when it is not there. */
function readSecret(file: string): string | null {
  try {
    if ((statSync(file).mode & OPEN_TO_OTHERS) !== 0) {
      throw new NixwaveError("secret-exposed", `others can read ${file}: chmod 600 ${file}`);
    }
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    if (error instanceof NixwaveError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    const { message } = error as Error;
    throw new NixwaveError("file-unreadable", message, { where: file, cause: error });
  }
}

/** Complete under its name or not there at all; a key that another process made meanwhile is kept. */
function makeKeyFile(file: string): void {
  try {
    makeFolder(dirname(dirname(file)));
    makeFolder(dirname(file));
    writeOnce(file, `${formatSecretKey(OWN_KEY, randomBytes(SEED_BYTES))}\n`);
  } catch (error) {
    const { message } = error as Error;
    throw new NixwaveError("file-unwritable", message, { where: file, cause: error });
  }
}

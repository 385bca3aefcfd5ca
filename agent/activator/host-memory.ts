import {
  ContractError,
  type Journal,
  journalCodec,
  NixwaveError,
  newRatchet,
  type Ratchet,
  ratchetCodec,
  type Trial,
  trialCodec,
} from "../../src/contract/index.ts";
import { NEW_JOURNAL } from "../decide/journal-change.ts";
import { type FilePort, removeDurably, replaceDurably } from "../durable/file-port.ts";
import type { Places } from "./places.ts";

/** What the host remembers over restarts. Every change is on disk before the promise resolves. */
export interface HostMemory {
  readonly ratchet: Ratchet;
  readonly journal: Journal;
  /** The bytes of the order accepted last. */
  readonly accepted: Uint8Array | null;
  keepJournal(journal: Journal): Promise<void>;
  keepRatchet(ratchet: Ratchet): Promise<void>;
  /** The bytes first, then the ratchet that they raised. */
  keepAccepted(desired: Uint8Array, ratchet: Ratchet): Promise<void>;
  /** Read anew each time: the deadman writes it too. Null when there is none, or one nobody can read. */
  trial(): Promise<Trial | null>;
  keepTrial(trial: Trial): Promise<void>;
  removeTrial(): Promise<void>;
}

/** Given back to the file system when a disk is full, so that a revert that began can be written down. */
const RESERVE_BYTES = 256 * 1024;

interface MemoryOptions {
  readonly files: FilePort;
  readonly places: Places;
  readonly trustEpoch: number;
  readonly say: (line: string) => void;
}

/**
 * Opens the host's memory, made if need be. A damaged journal is moved aside and the host locked: a hole is
 * no memory, and automation on one would be guessing. A damaged ratchet is never replaced: that would
 * accept what the host had refused.
 * @throws NixwaveError host-memory-unreadable | host-memory-newer | host-memory-unwritable
 */
export async function openHostMemory(options: MemoryOptions): Promise<HostMemory> {
  const { files, places, trustEpoch } = options;
  await files.makeFolder(places.state, 0o700);
  const write = writer(options);
  let ratchet = (await load(files, places.ratchet, ratchetCodec.parse)) ?? newRatchet(trustEpoch);
  let journal = await openJournal(options, write);
  let accepted = (await files.read(places.accepted)) ?? null;
  await keepReserve(options);
  const keepRatchet = async (next: Ratchet): Promise<void> => {
    await write(places.ratchet, ratchetCodec.encode(next));
    ratchet = next;
  };
  return {
    get ratchet() {
      return ratchet;
    },
    get journal() {
      return journal;
    },
    get accepted() {
      return accepted;
    },
    async keepJournal(next) {
      await write(places.journal, journalCodec.encode(next));
      journal = next;
    },
    keepRatchet,
    async keepAccepted(desired, next) {
      await write(places.accepted, desired);
      accepted = desired;
      await keepRatchet(next);
    },
    trial: () => readTrial(files, places.trial),
    keepTrial: (trial) => write(places.trial, trialCodec.encode(trial)),
    removeTrial: () => removeDurably(files, places.trial),
  };
}

type Write = (path: string, bytes: Uint8Array) => Promise<void>;

function writer({ files, places, say }: MemoryOptions): Write {
  return async (path, bytes) => {
    try {
      await replaceDurably(files, path, bytes);
    } catch (error) {
      if (!isFull(error)) throw unwritable(path, error);
      say(`the disk is full: giving back ${RESERVE_BYTES / 1024} KiB for the host's memory`);
      await files.remove(places.reserve);
      await replaceDurably(files, path, bytes).catch((again: unknown) => {
        throw unwritable(path, again);
      });
    }
  };
}

const isFull = (error: unknown): boolean =>
  ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");

const unwritable = (path: string, cause: unknown): NixwaveError => {
  const message = `${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new NixwaveError("host-memory-unwritable", message, { where: path, cause });
};

/** Made again as soon as there is space; without space nothing says so but the next full disk. */
async function keepReserve({ files, places }: MemoryOptions): Promise<void> {
  if ((await files.read(places.reserve))?.length === RESERVE_BYTES) return;
  try {
    await replaceDurably(files, places.reserve, Buffer.alloc(RESERVE_BYTES, 1));
  } catch (error) {
    if (!isFull(error)) throw unwritable(places.reserve, error);
    await files.remove(`${places.reserve}.new`);
  }
}

async function openJournal({ files, places, say }: MemoryOptions, write: Write): Promise<Journal> {
  const bytes = await files.read(places.journal);
  if (!bytes) return NEW_JOURNAL;
  try {
    return journalCodec.parse(bytes);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    refuseNewer(bytes, places.journal);
    return setAside(bytes, error.message);
  }

  async function setAside(damaged: Uint8Array, why: string): Promise<Journal> {
    const aside = `${places.journal}.damaged`;
    say(`error[host-memory-damaged]: ${places.journal}: ${why}; kept as ${aside}`);
    await replaceDurably(files, aside, damaged);
    const message = `the journal could not be read (${why}) and was kept as ${aside}`;
    const locked = { code: "host-memory-damaged", message: message.slice(0, 1000) };
    const journal: Journal = { ...NEW_JOURNAL, locked };
    await write(places.journal, journalCodec.encode(journal));
    return journal;
  }
}

/** The version that comes back after a revert must find what it can read, so a newer journal is no damage. */
function refuseNewer(bytes: Uint8Array, path: string): void {
  let version: unknown;
  try {
    version = (JSON.parse(Buffer.from(bytes).toString("utf8")) as { v?: unknown } | null)?.v;
  } catch {
    return;
  }
  if (typeof version !== "number" || version <= NEW_JOURNAL.v) return;
  const message = `${path} has version ${version}, this program reads ${NEW_JOURNAL.v}`;
  throw new NixwaveError("host-memory-newer", message, { where: path });
}

async function load<T>(
  files: FilePort,
  path: string,
  parse: (bytes: Uint8Array) => T,
): Promise<T | undefined> {
  const bytes = await files.read(path);
  if (!bytes) return undefined;
  try {
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const message = `${path}: ${error.message}`;
    throw new NixwaveError("host-memory-unreadable", message, { where: path, cause: error });
  }
}

/** The deadman's file. One that cannot be read is nobody's trial: what runs is then judged by the journal alone. */
export async function readTrial(files: FilePort, path: string): Promise<Trial | null> {
  const bytes = await files.read(path);
  if (!bytes) return null;
  try {
    return trialCodec.parse(bytes);
  } catch (error) {
    if (error instanceof ContractError) return null;
    throw error;
  }
}

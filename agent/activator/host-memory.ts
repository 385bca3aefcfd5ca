import {
  ContractError,
  type Journal,
  NixwaveError,
  newRatchet,
  type Ratchet,
  type Trial,
  trialCodec,
} from "../../src/contract/index.ts";
import { NEW_JOURNAL } from "../decide/journal-change.ts";
import { type FilePort, removeDurably, replaceDurably } from "../durable/file-port.ts";
import { MEMORY_FORMS, type MemoryForm } from "./memory-forms.ts";
import type { Places } from "./places.ts";
import { keptForm, readForm } from "./read-form.ts";

/** What the host remembers over restarts. Every change is on disk before the promise resolves. */
export interface HostMemory {
  readonly ratchet: Ratchet;
  readonly journal: Journal;
  /** The bytes of the order accepted last. */
  readonly accepted: Uint8Array | null;
  /** All that this program can write, oldest first. */
  readonly forms: readonly MemoryForm[];
  /** The version of the form in which journal and ratchet are written. */
  readonly form: number;
  /** Both files in another of `forms`; when it is newer, the last bytes of the old one are kept beside it. */
  useForm(v: number): Promise<void>;
  keepJournal(journal: Journal): Promise<void>;
  /** Counts from now on, and is on disk when `settle` resolves: notes between which nothing is done are one write. */
  note(journal: Journal): void;
  settle(): Promise<void>;
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
  readonly forms?: readonly MemoryForm[];
}

/**
 * Opens the host's memory, made if need be. A damaged journal is moved aside and the host locked: a hole is
 * no memory, and automation on one would be guessing. A damaged ratchet is never replaced: that would
 * accept what the host had refused. Both files stay in the form in which they are: it rises when the system
 * that writes the newer one is kept, never in its trial.
 * @throws NixwaveError host-memory-unreadable | host-memory-newer | agent-too-far | host-memory-unwritable
 */
export async function openHostMemory(options: MemoryOptions): Promise<HostMemory> {
  const { files, places, trustEpoch, forms = MEMORY_FORMS } = options;
  await files.makeFolder(places.state, 0o700);
  const write = writer(options);
  const stored = await loadRatchet(files, places.ratchet, forms);
  const { journal, form } = await openJournal(options, forms, write);
  const ratchet = stored?.ratchet ?? newRatchet(trustEpoch);
  // killed between the two files of a change of form
  if (stored && stored.form !== form) await write(places.ratchet, form.ratchet.encode(ratchet));
  const accepted = (await files.read(places.accepted)) ?? null;
  await keepReserve(options);
  return memoryOn(options, write, { forms, form, ratchet, journal, accepted, isAhead: false });
}

interface Held {
  readonly forms: readonly MemoryForm[];
  form: MemoryForm;
  ratchet: Ratchet;
  journal: Journal;
  accepted: Uint8Array | null;
  /** The journal on disk is older. */
  isAhead: boolean;
}

function memoryOn({ files, places }: MemoryOptions, write: Write, held: Held): HostMemory {
  const keepRatchet = async (next: Ratchet): Promise<void> => {
    await write(places.ratchet, held.form.ratchet.encode(next));
    held.ratchet = next;
  };
  const keepJournal = async (next: Journal): Promise<void> => {
    await write(places.journal, held.form.journal.encode(next));
    held.journal = next;
    held.isAhead = false;
  };
  return {
    forms: held.forms,
    get form() {
      return held.form.v;
    },
    get ratchet() {
      return held.ratchet;
    },
    get journal() {
      return held.journal;
    },
    get accepted() {
      return held.accepted;
    },
    useForm: (v) => changeForm(places, write, held, v),
    keepJournal,
    note(next) {
      held.journal = next;
      held.isAhead = true;
    },
    settle: async () => (held.isAhead ? keepJournal(held.journal) : undefined),
    keepRatchet,
    async keepAccepted(desired, next) {
      await write(places.accepted, desired);
      held.accepted = desired;
      await keepRatchet(next);
    },
    trial: () => readTrial(files, places.trial),
    keepTrial: (trial) => write(places.trial, trialCodec.encode(trial)),
    removeTrial: () => removeDurably(files, places.trial),
  };
}

/** The ratchet first: whoever finds the two apart brings it back to the journal's form, and it is done again. */
async function changeForm(places: Places, write: Write, held: Held, v: number): Promise<void> {
  const { form, ratchet, journal } = held;
  const next = held.forms.find((one) => one.v === v);
  if (!next || next === form) return;
  if (v > form.v) {
    await write(keptForm(places.ratchet, form.v), form.ratchet.encode(ratchet));
    await write(keptForm(places.journal, form.v), form.journal.encode(journal));
  }
  await write(places.ratchet, next.ratchet.encode(ratchet));
  await write(places.journal, next.journal.encode(journal));
  held.form = next;
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

interface OpenedJournal {
  readonly journal: Journal;
  readonly form: MemoryForm;
}

async function openJournal(
  { files, places, say }: MemoryOptions,
  forms: readonly MemoryForm[],
  write: Write,
): Promise<OpenedJournal> {
  const bytes = await files.read(places.journal);
  const own = forms.at(-1) as MemoryForm;
  if (!bytes) return { journal: NEW_JOURNAL, form: own };
  const form = readForm(bytes, places.journal, forms);
  try {
    return { journal: form.journal.parse(bytes), form };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { journal: await setAside(bytes, error.message), form };
  }

  async function setAside(damaged: Uint8Array, why: string): Promise<Journal> {
    const aside = `${places.journal}.damaged`;
    say(`error[host-memory-damaged]: ${places.journal}: ${why}; kept as ${aside}`);
    await write(aside, damaged);
    const message = `the journal could not be read (${why}) and was kept as ${aside}`;
    const locked = { code: "host-memory-damaged", message: message.slice(0, 1000) };
    const journal: Journal = { ...NEW_JOURNAL, locked };
    await write(places.journal, form.journal.encode(journal));
    return journal;
  }
}

async function loadRatchet(files: FilePort, path: string, forms: readonly MemoryForm[]) {
  const bytes = await files.read(path);
  if (!bytes) return undefined;
  const form = readForm(bytes, path, forms);
  try {
    return { ratchet: form.ratchet.parse(bytes), form };
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

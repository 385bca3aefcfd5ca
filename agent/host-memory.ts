import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  ContractError,
  DESIRED_TYPE,
  type Journal,
  journalCodec,
  NixwaveError,
  newRatchet,
  type Order,
  type Outcome,
  openUnverified,
  parseOrder,
  parsePayload,
  parseStatement,
  type Ratchet,
  ratchetCodec,
  STATEMENT_TYPE,
  type Statement,
} from "../src/contract/index.ts";
import { readIfThere, writeDurably } from "./durable-file.ts";

type OpenAttempt = NonNullable<Journal["open"]>;

/** What the host remembers over restarts. Every change is on disk before the promise resolves. */
export interface HostMemory {
  readonly ratchet: Ratchet;
  readonly journal: Journal;
  /** The order accepted last, of which nobody but this host's own disk is asked again. */
  readonly accepted: AcceptedOrder | null;
  /** Keeps the bytes of an accepted `desired`, then the ratchet that it raised. */
  keepAccepted(desired: Uint8Array, ratchet: Ratchet): Promise<void>;
  keepRatchet(ratchet: Ratchet): Promise<void>;
  /** The open attempt, begun or moved on. */
  keepOpen(open: OpenAttempt): Promise<void>;
  /** Ends the attempt; an attempt with an outcome is closed for ever (DESIGN 5). */
  close(attempt: Pick<OpenAttempt, "rollout" | "attempt">, outcome: Outcome): Promise<void>;
  /** Ends the open attempt as committed: it becomes what the host stands for. */
  commit(attempt: OpenAttempt, at: Journal["committed"][number]["at"]): Promise<void>;
}

interface AcceptedOrder {
  readonly order: Order;
  readonly statement: Statement;
}

/** Bounds of the journal's schema. */
const KEPT_CLOSED = 256;
const KEPT_COMMITTED = 256;
const NEW_JOURNAL: Journal = { v: 1, open: null, closed: [], committed: [], quarantined: [] };

/**
 * Opens `directory`, made if need be. Unreadable memory is never taken for an empty one: that would
 * accept what the host had already refused.
 * @throws NixwaveError host-memory-unreadable
 */
export async function openHostMemory(directory: string, trustEpoch: number): Promise<HostMemory> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const ratchetFile = join(directory, "ratchet.json");
  const journalFile = join(directory, "journal.json");
  const acceptedFile = join(directory, "accepted.json");
  let accepted = (await load(acceptedFile, readAccepted)) ?? null;
  let ratchet = (await load(ratchetFile, ratchetCodec.parse)) ?? newRatchet(trustEpoch);
  let journal = (await load(journalFile, journalCodec.parse)) ?? NEW_JOURNAL;
  const keepRatchet = async (next: Ratchet): Promise<void> => {
    await writeDurably(ratchetFile, ratchetCodec.encode(next));
    ratchet = next;
  };
  const keepJournal = async (next: Journal): Promise<void> => {
    await writeDurably(journalFile, journalCodec.encode(next));
    journal = next;
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
    async keepAccepted(desired, next) {
      await writeDurably(acceptedFile, desired);
      accepted = readAccepted(desired);
      await keepRatchet(next);
    },
    keepRatchet,
    keepOpen: (open) => keepJournal({ ...journal, open }),
    close: (attempt, outcome) => keepJournal(closed(journal, attempt, outcome)),
    commit: (attempt, at) => keepJournal(committed(journal, attempt, at)),
  };
}

/** Verified before it was written; what is read back is the host's own. */
function readAccepted(desired: Uint8Array): AcceptedOrder {
  const { order, statement } = parsePayload("desired", desired);
  return {
    order: parseOrder(openUnverified(order, DESIRED_TYPE)),
    statement: parseStatement(openUnverified(statement, STATEMENT_TYPE)),
  };
}

async function load<T>(path: string, parse: (bytes: Uint8Array) => T): Promise<T | undefined> {
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  try {
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new NixwaveError("host-memory-unreadable", `${path}: ${error.message}`, {
      where: path,
      cause: error,
    });
  }
}

function closed(
  journal: Journal,
  { rollout, attempt }: Pick<OpenAttempt, "rollout" | "attempt">,
  outcome: Outcome,
): Journal {
  const isIt = (one: { rollout: string; attempt: number }): boolean =>
    one.rollout === rollout && one.attempt === attempt;
  if (journal.closed.some(isIt)) return journal;
  const all = [...journal.closed, { rollout, attempt, outcome }];
  const open = journal.open && isIt(journal.open) ? null : journal.open;
  return { ...journal, open, closed: all.slice(-KEPT_CLOSED) };
}

function committed(
  journal: Journal,
  open: OpenAttempt,
  at: Journal["committed"][number]["at"],
): Journal {
  const { statement, storePath, narHash, serial } = open;
  const all = [...journal.committed, { statement, storePath, narHash, serial, at }];
  const ended = closed(journal, open, { code: "succeeded", reason: null, message: "" });
  return { ...ended, committed: all.slice(-KEPT_COMMITTED) };
}

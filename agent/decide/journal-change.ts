import type {
  EpochMs,
  ErrorCode,
  Journal,
  OpenAttempt,
  Outcome,
  StorePath,
} from "../../src/contract/index.ts";
import type { Action } from "./action.ts";
import { reportable } from "./reportable.ts";

/** Bounds of the journal's schema. */
const KEPT_CLOSED = 256;
const KEPT_COMMITTED = 256;
const KEPT_QUARANTINED = 256;
const KEPT_HISTORY = 64;
const KEPT_TRIALS = 64;

export const NEW_JOURNAL: Journal = {
  v: 1,
  open: null,
  closed: [],
  committed: [],
  quarantined: [],
};

interface AttemptName {
  readonly rollout: string;
  readonly attempt: number;
}

export const isSameAttempt = (a: AttemptName, b: AttemptName): boolean =>
  a.rollout === b.rollout && a.attempt === b.attempt;

export const note = (journal: Journal, said: string): Action => ({ do: "note", journal, said });

/** The open attempt, moved on. */
export const move = (
  journal: Journal,
  open: OpenAttempt,
  change: Partial<OpenAttempt>,
  said: string = change.step ?? change.phase ?? "moved",
): Action => note({ ...journal, open: { ...open, ...change } }, said);

/** Leaves optional fields away instead of setting them to undefined. */
export function without<K extends keyof OpenAttempt>(
  open: OpenAttempt,
  ...fields: readonly K[]
): Omit<OpenAttempt, K> {
  const copy: Partial<OpenAttempt> = { ...open };
  for (const field of fields) delete copy[field];
  return copy as Omit<OpenAttempt, K>;
}

const AFTER_PREPARATION = 501;

/**
 * The first repetition of `boot` and `unboot`. A reboot's preparation has used the lowest numbers, and what
 * they left must not be taken for the result of the commit or of the way back.
 */
export const firstCount = ({ approved }: OpenAttempt): number =>
  approved === undefined ? 1 : AFTER_PREPARATION;

export interface End {
  readonly code: Outcome["code"];
  readonly reason: ErrorCode | null;
  readonly message?: string;
}

/** Ends the attempt: an attempt with an outcome is closed for ever (DESIGN 5). */
export function closed(journal: Journal, open: OpenAttempt, end: End, at: EpochMs): Journal {
  const { rollout, attempt, storePath, serial } = open;
  const outcome: Outcome = {
    code: end.code,
    reason: end.reason,
    message: reportable(end.message ?? ""),
  };
  const title = open.title === undefined ? {} : { title: open.title };
  const entry = { rollout, attempt, storePath, serial, outcome, at, ...title };
  return {
    ...journal,
    open: null,
    closed: [...journal.closed, { rollout, attempt, outcome }].slice(-KEPT_CLOSED),
    history: [...(journal.history ?? []), entry].slice(-KEPT_HISTORY),
  };
}

export const close = (journal: Journal, open: OpenAttempt, end: End, at: EpochMs): Action =>
  note(closed(journal, open, end, at), end.reason ? `${end.code}: ${end.reason}` : end.code);

/** Ends it as what the host stands for from now on; a roll back abandons what it left (DESIGN 6). */
export function committed(journal: Journal, open: OpenAttempt, at: EpochMs): Journal {
  const { statement, storePath, narHash, serial } = open;
  const left = journal.committed.at(-1)?.storePath;
  const ended = closed(journal, open, { code: "succeeded", reason: null }, at);
  const entry = { statement, storePath, narHash, serial, at };
  return {
    ...ended,
    committed: [...journal.committed, entry].slice(-KEPT_COMMITTED),
    quarantined: quarantinedAfter(journal.quarantined, open, left),
  };
}

function quarantinedAfter(
  before: readonly StorePath[],
  open: OpenAttempt,
  left: StorePath | undefined,
): readonly StorePath[] {
  const rest = before.filter((path) => path !== open.storePath);
  const isAbandoned = open.rollback === true && left !== undefined && left !== open.storePath;
  return (isAbandoned ? [...rest, left] : rest).slice(-KEPT_QUARANTINED);
}

/** Ends it and keeps automation off until a person has looked (DESIGN 7, revert). */
export function locked(
  journal: Journal,
  open: OpenAttempt,
  message: string,
  at: EpochMs,
  reason: ErrorCode = "revert-failed",
): Action {
  const end: End = { code: "inconsistent", reason, message };
  const cause = { code: reason, message: reportable(message) };
  return note({ ...closed(journal, open, end, at), locked: cause }, "inconsistent: locked");
}

export const withTrial = (journal: Journal, at: EpochMs): Journal => ({
  ...journal,
  trials: [...(journal.trials ?? []), at].slice(-KEPT_TRIALS),
});

import type { ErrorCode, Journal, OpenAttempt, StorePath } from "../../src/contract/index.ts";
import type { Facts } from "./facts.ts";
import type { Goal, Wish } from "./goal.ts";
import { closed, isSameAttempt } from "./journal-change.ts";

export type Folded =
  | { readonly kind: "taken"; readonly journal: Journal }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string };

type FoldFacts = Pick<Facts, "now" | "current" | "profile">;

/** A commit does not take a revert back, and what was asked before does not take back what was asked since. */
const REACH: Readonly<Record<Goal, number>> = { stage: 0, trial: 1, boot: 1, commit: 2, revert: 3 };

/**
 * Takes an accepted order, or root's own wish, into the journal: opens its attempt, moves the open one
 * to a further goal, or ends it. The same wish taken twice changes nothing (DESIGN 2.2).
 */
export function foldWish(journal: Journal, wish: Wish, facts: FoldFacts): Folded {
  if (journal.closed.some((one) => isSameAttempt(one, wish))) return taken(journal);
  const { open } = journal;
  if (open && isSameAttempt(open, wish)) return taken(furthered(journal, open, wish));
  if (wish.goal === "commit" || wish.goal === "revert") return taken(journal);
  if (journal.locked) {
    return refused("host-locked", `${journal.locked.code}: ${journal.locked.message}`);
  }
  if (!open) return taken(opened(journal, wish, facts));
  if (!isUntouched(open)) {
    const name = `attempt ${open.attempt} of rollout ${open.rollout}`;
    return refused("attempt-open", `${name} is ${open.phase}`);
  }
  const end = { code: "canceled", reason: "attempt-superseded" } as const;
  return taken(opened(closed(journal, open, end, facts.now), wish, facts));
}

const taken = (journal: Journal): Folded => ({ kind: "taken", journal });
const refused = (code: ErrorCode, message: string): Folded => ({ kind: "refused", code, message });

/** Nothing on the host has changed for it yet, so it may be dropped for a newer order. */
const isUntouched = ({ phase }: OpenAttempt): boolean => phase === "staging" || phase === "staged";

function furthered(journal: Journal, open: OpenAttempt, wish: Wish): Journal {
  const before = open.goal ?? "stage";
  const isFurther = REACH[wish.goal] > REACH[before];
  const lease = Math.max(open.lease ?? 0, wish.lease) as Wish["lease"];
  if (!isFurther && lease === open.lease) return journal;
  if (!isFurther) return { ...journal, open: { ...open, lease } };
  return { ...journal, open: { ...open, goal: wish.goal, lease, ...approvedBy(wish) } };
}

/** An approval counts for the reboot alone: on a trial it would loosen what the way back may find. */
const approvedBy = ({ goal, approved }: Wish): Partial<OpenAttempt> =>
  goal === "boot" && approved ? { approved } : {};

/** Root's own word about the attempt that is open: it needs no session, no hub and no broker. */
export function furtheredByPerson(journal: Journal, goal: "commit" | "revert"): Journal {
  const { open } = journal;
  if (!open || REACH[goal] < REACH[open.goal ?? "stage"]) return journal;
  if (open.goal === goal && open.origin === "person") return journal;
  return { ...journal, open: { ...open, goal, origin: "person" } };
}

function opened(journal: Journal, wish: Wish, facts: FoldFacts): Journal {
  const open = openAttempt(wish, facts.current);
  if (facts.current !== open.storePath || facts.profile !== open.storePath) {
    return { ...journal, open };
  }
  return closed(journal, open, { code: "already-installed", reason: null }, facts.now);
}

function openAttempt(wish: Wish, current: StorePath | null): OpenAttempt {
  const { statement, rollout, attempt, lease, origin, goal } = wish;
  const { storePath, narHash, serial, minSerial = 0 } = statement;
  return {
    ...{ rollout, attempt, statement: wish.digest, storePath, narHash, serial, minSerial },
    ...(statement.title === undefined ? {} : { title: statement.title }),
    ...{ phase: "staging", previous: current, origin, lease, goal },
    ...{ rollback: wish.isRollback, retry: wish.isRetry },
    ...approvedBy(wish),
  };
}

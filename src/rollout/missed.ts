import { endHost } from "./host-end.ts";
import { entriesOf, entryAt } from "./host-tree.ts";
import type { HostStep, MissedRelease } from "./rollout-state.ts";
import type { Turn } from "./turn.ts";
import type { Completion } from "./words.ts";

const SETTLED: ReadonlySet<Completion | null> = new Set(["Promoted", "PartiallyPromoted"]);

/** Whether it has ended so that hosts which were away get it later. */
export const isSettled = (completion: Completion | null): boolean => SETTLED.has(completion);

/** Hosts that were not there get it later. */
export function noteMissed(turn: Turn): void {
  const { title } = turn.rollout;
  for (const [position, { step }] of entriesOf(turn.state.hosts).entries()) {
    if (step?.state === "Deferred") noteIn(turn, position, step, title);
  }
}

/**
 * A host that was lost before it began lets its order go, by its own word: it catches up like one that was not there,
 * though the rollout may be over.
 */
export function deferLost(turn: Turn, position: number): void {
  endHost(turn, position, "Deferred", { code: "not-there" });
  turn.put(position, { locked: false });
  const { completion, title } = turn.rollout;
  if (!isSettled(completion)) return;
  noteIn(turn, position, turn.step(position), title);
}

/** What was taken back, wherever that succeeded, reaches nobody later; who had missed another release before gets that. */
export function forgetMissed(turn: Turn): void {
  for (const [position, { missed }] of entriesOf(turn.state.hosts).entries()) {
    if (missed?.serial !== turn.rollout.serial) continue;
    turn.put(position, { missed: missed.before && { ...missed.before, before: null } });
  }
}

function noteIn(
  turn: Turn,
  position: number,
  { target, statement, serial, narHash }: HostStep,
  title: MissedRelease["title"],
): void {
  const { missed } = entryAt(turn.state.hosts, position);
  const before = missed?.serial === serial ? missed.before : withoutBefore(missed);
  turn.put(position, { missed: { target, statement, serial, narHash, title, before } });
}

function withoutBefore(missed: MissedRelease | null): MissedRelease["before"] {
  if (!missed) return null;
  const { before: _, ...known } = missed;
  return known;
}

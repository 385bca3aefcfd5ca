import { closureOf } from "./begin.ts";
import type { OfferedRelease } from "./event.ts";
import { positionOf } from "./host-tree.ts";
import type { Ignored } from "./hosts.ts";
import type { Closure, HostEntry } from "./rollout-state.ts";
import type { Turn } from "./turn.ts";

interface Named {
  readonly position: number;
  readonly entry: HostEntry;
  readonly closure: Closure;
}

/** A verified release: recorded when it starts nothing, else it waits in the one slot, the newest of all. */
export function releaseVerified(turn: Turn, release: OfferedRelease): Ignored {
  const named = knownOf(turn, release);
  if (named.length === 0) return "the release names no host of the plan";
  const { newestSerial } = turn.state;
  if (release.serial <= newestSerial) {
    return `serial ${release.serial} does not rise above ${newestSerial}`;
  }
  turn.set({ newestSerial: release.serial });
  const isRefresh = named.every(({ entry, closure }) => isSame(entry.offered, closure));
  for (const { position, closure } of named) turn.put(position, { offered: closure });
  if (isRefresh) refresh(turn, release);
  else if (!turn.active && named.every(isThere)) {
    turn.set({ next: null });
    record(turn, release, "changes-nothing");
  } else wait(turn, release);
  return null;
}

const knownOf = (turn: Turn, release: OfferedRelease): readonly Named[] =>
  release.hosts.flatMap((one) => {
    const position = positionOf(turn.state.hosts, one.host);
    if (position < 0) return [];
    return [{ position, entry: turn.entry(position), closure: closureOf(release, one) }];
  });

const isSame = (before: Closure | null, now: Closure): boolean =>
  before?.target === now.target && before.narHash === now.narHash;

const isThere = ({ entry, closure }: Named): boolean =>
  entry.current === closure.target && entry.good[0]?.target === closure.target;

/** Only its statements are new (DESIGN 5): no rollout, no draining. What waits takes the new ones. */
function refresh(turn: Turn, release: OfferedRelease): void {
  const { next } = turn.state;
  if (next) turn.set({ next: { ...next, release } });
  record(turn, release, "only-statements");
}

type Recorded = "changes-nothing" | "only-statements";

function record(turn: Turn, { serial, title }: OfferedRelease, why: Recorded): void {
  const id = `release/${serial}`;
  turn.announce({ type: "ReleaseRecorded", id, serial, title, why: { code: why } });
}

/** Releases that come in a burst are one: the last of them, once it has waited (DESIGN 8). */
function wait(turn: Turn, release: OfferedRelease): void {
  const settledAt = turn.after(turn.state.plan.settle);
  turn.set({ next: { release, settledAt, asked: false, now: false } });
  if (turn.active) turn.setRollout({ draining: true });
}

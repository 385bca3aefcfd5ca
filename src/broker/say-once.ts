const QUIET_MS = 60_000;
const MAX_REMEMBERED = 1000;

/**
 * Whether something said about `key` at `nowMs` is news: once a minute, so that a client that is
 * refused ten times a second does not fill the journal. With too many different keys all are quiet
 * until the oldest minute is over.
 */
export function sayOnce(): (key: string, nowMs: number) => boolean {
  const saidAtMs = new Map<string, number>();
  return (key, nowMs) => {
    for (const [said, atMs] of saidAtMs) {
      if (nowMs - atMs < QUIET_MS) break;
      saidAtMs.delete(said);
    }
    if (saidAtMs.has(key) || saidAtMs.size >= MAX_REMEMBERED) return false;
    saidAtMs.set(key, nowMs);
    return true;
  };
}

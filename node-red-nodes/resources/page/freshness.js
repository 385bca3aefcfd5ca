// Whether what is shown is still what the hub knows. The hub tells changes only, so silence proves nothing: from time
// to time the page asks. Pure: the page hands the time in.

/** How often a page that is looked at asks when it heard nothing. */
const ASK_EVERY_MS = 15_000;
/** How often it looks at the clock; a longer gap means that the machine slept, or that nobody looked. */
export const LOOK_EVERY_MS = 2_000;
const GAP_MS = 10_000;

/** @param now of the wall clock: the one that only rises stands still while a laptop sleeps */
export function openFreshness(now) {
  let heardAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = now;
  let isLost = false;
  return {
    get isStale() {
      return isLost;
    },
    /** A push or an answer. */
    heard(at) {
      heardAt = at;
      isLost = false;
    },
    /** Nobody answered, or the page knows itself that nobody will. */
    lost() {
      isLost = true;
    },
    /** @returns whether the hub should be asked now */
    look(at) {
      const isSetBack = at < lookedAt;
      if (isSetBack) {
        heardAt = Number.NEGATIVE_INFINITY;
        askedAt = Number.NEGATIVE_INFINITY;
      }
      // What was shown before a gap is of then.
      if (isSetBack || (at - lookedAt > GAP_MS && at - heardAt > GAP_MS)) isLost = true;
      lookedAt = at;
      const isDue = isLost || at - heardAt >= ASK_EVERY_MS;
      if (!isDue || at - askedAt < LOOK_EVERY_MS) return false;
      askedAt = at;
      return true;
    },
  };
}

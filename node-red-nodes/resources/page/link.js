// One connection to the hub that comes back by itself. The hub tells everything anew on each connection, so that
// nothing depends on what was missed.
import { LOOK_EVERY_MS, openFreshness } from "./freshness.js";
import { eventReader } from "./read-events.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** The hub says at least something three times in this time. */
const SILENT_MS = 15_000;
/** A page that nobody looks at gives its connection back: a phone sleeps, and a browser has six for a server. */
const HIDDEN_MS = 30_000;

/**
 * @param connect (signal) resolves to a response with a stream; rejects with an error that may have a `status`
 * @param told called with kind and what was said
 * @param changed called when `lostSince` may have changed
 * @param refused called when who asks may not see; nothing is tried again until `again`
 */
export function openLink({ connect, told, changed, refused }) {
  let fresh = openFreshness(Date.now());
  let heardAt = null;
  let lostSince = null;
  let attempt = null;
  let beganAt = 0;
  let waitMs = FIRST_WAIT_MS;
  let retry;
  let hiding;
  let isClosed = false;

  const lost = () => {
    fresh.lost();
    lostSince ??= heardAt ?? Date.now();
    changed();
  };

  const hear = (kind, said) => {
    heardAt = Date.now();
    fresh.heard(heardAt);
    waitMs = FIRST_WAIT_MS;
    if (kind === "again") return reconnect(); // as agreed: nobody need know
    if (lostSince !== null) {
      lostSince = null;
      changed();
    }
    told(kind, said);
  };

  async function run(mine) {
    const response = await connect(mine.signal);
    const reader = response.body.getReader();
    const read = eventReader((kind, said) => mine === attempt && hear(kind, said));
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error("the stream has ended");
      read(value);
    }
  }

  function reconnect() {
    clearTimeout(retry);
    attempt?.abort();
    if (isClosed) return;
    const mine = new AbortController();
    attempt = mine;
    beganAt = Date.now();
    run(mine).catch((error) => {
      if (mine !== attempt) return; // another one took its place
      attempt = null;
      if (error.status === 401 || error.status === 403) return refused(error);
      lost();
      retry = setTimeout(reconnect, waitMs);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    });
  }

  /** The clock is looked at, since a machine that slept is told nothing of it. */
  const look = () => {
    if (isClosed || document.visibilityState !== "visible") return;
    const now = Date.now();
    const was = fresh.isStale;
    const isDue = fresh.look(now);
    const hasSlept = fresh.isStale && !was;
    const isSilent = isDue && attempt !== null && Math.abs(now - beganAt) > SILENT_MS;
    if (!(hasSlept || isSilent)) return;
    lost();
    reconnect();
  };

  const seen = () => {
    clearTimeout(hiding);
    if (document.visibilityState === "visible") {
      look();
      if (attempt === null && !isClosed) reconnect();
      return;
    }
    hiding = setTimeout(() => {
      clearTimeout(retry);
      attempt?.abort();
      attempt = null;
    }, HIDDEN_MS);
  };
  const back = () => reconnect();

  const timer = setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", seen);
  window.addEventListener("online", back);
  window.addEventListener("offline", lost);
  window.addEventListener("pageshow", seen);
  reconnect();

  return {
    /** When it was last heard of; null while it is. */
    get lostSince() {
      return lostSince;
    },
    again() {
      fresh = openFreshness(Date.now());
      reconnect();
    },
    close() {
      isClosed = true;
      for (const one of [retry, hiding]) clearTimeout(one);
      clearInterval(timer);
      attempt?.abort();
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", back);
      window.removeEventListener("offline", lost);
      window.removeEventListener("pageshow", seen);
    },
  };
}

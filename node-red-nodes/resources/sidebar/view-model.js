// What a page shows of a fleet, made of the view that the hub serves (fleet/slim-view.ts). Pure: no DOM, no clock.
// Words of the fleet come with the view, in its language; only the buttons' labels are the page's own.

/** Of the fleet's hosts, one is worth the eye only when something is to be known about it. */
const REMARKABLE = new Set(["wrong", "active", "waiting"]);

/**
 * @param sight the hub's view; null while no hub is open for this fleet
 * @param {{ mayWrite: boolean, isStale: boolean }} page who looks, and whether the view is still the hub's
 */
export function fleetModel(sight, { mayWrite, isStale }) {
  if (sight === null) return { isOpen: false };
  const { words, status } = sight;
  return {
    isOpen: true,
    isStale,
    ...{ at: sight.at, language: words.language },
    headline: {
      release: words.release,
      state: words.state,
      standing: words.standing,
      lines: words.lines,
    },
    count: { online: sight.hosts.filter(({ online }) => online).length, all: sight.hosts.length },
    pauses: words.pauses.map((pause) => pauseOf(pause, mayWrite)),
    canAsk: mayWrite && !isStale && sight.isConnected && !sight.isLearning,
    buttons: mayWrite ? buttonsOf(sight, isStale) : [],
    rows: sight.hosts.map(rowOf),
    announcement: `${words.release}: ${words.state}. ${words.pauses.map(({ title }) => title).join(", ")}`,
    rollout: status?.rollout ?? null,
  };
}

/** Resume stands among the main buttons, for all holds. */
function pauseOf({ condition, title, lines, actions }, mayWrite) {
  return { condition, title, lines, actions: mayWrite ? actions : [] };
}

const isUnderWay = ({ status }) => status !== null && status.completion === null;

/** A button that would be refused is off; the hub decides anyway. */
function buttonsOf(sight, isStale) {
  const canAsk = !isStale && sight.isConnected && !sight.isLearning;
  const underWay = isUnderWay(sight);
  const isHeld = sight.holds.some(({ host }) => host === null);
  const isStoppable = underWay && sight.status.phase !== "RollingBack";
  const waits = sight.next !== null || (underWay && sight.status.phase === "Pending");
  const button = (name, asks, isOn) => ({ name, asks, isOn: canAsk && isOn });
  return [
    button("hold", { verb: "hold" }, !isHeld),
    button("resume", { verb: "resume" }, sight.holds.length > 0),
    button("deploy", { verb: "deploy" }, waits),
    button("deployNow", { verb: "deploy", now: true }, sight.next !== null || underWay),
    button("abort", { verb: "abort" }, isStoppable),
  ];
}

function rowOf({ host, online, progress, path, words }) {
  return {
    ...{ host, online, path },
    standing: words.standing,
    running: words.running,
    state: words.state,
    why: REMARKABLE.has(words.standing) ? words.why : "",
    marks: words.marks,
    percent: progress?.percent ?? null,
  };
}

/**
 * Which fleet is shown: the one that was chosen, as long as it is there, else the first.
 * @param {readonly { id: string }[]} fleets
 */
export function chosenFleet(fleets, wanted) {
  const found = fleets.find(({ id }) => id === wanted) ?? fleets[0];
  return found?.id ?? null;
}

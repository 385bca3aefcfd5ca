// What a page shows of a fleet, made of the view that the hub serves (fleet/slim-view.ts). Pure: no DOM, no clock.
// Words of the fleet come with the view, in its language; only the buttons' labels are the page's own.

/** Why a host is done or out is nobody's question. */
const REMARKABLE = new Set(["wrong", "active", "waiting"]);

/**
 * @param sight the hub's view; null while no hub is open for this fleet
 * @param page who looks, and whether the view is still the hub's
 */
export function fleetModel(sight, page) {
  if (sight === null) return { isOpen: false };
  const { words } = sight;
  const { mayWrite, isStale } = page;
  const asks = canAsk(sight, page);
  return {
    isOpen: true,
    isStale,
    ...{ at: sight.at, language: words.language },
    headline: {
      release: sight.status === null ? "" : words.release,
      ...{ state: words.state, standing: words.standing, lines: words.lines },
    },
    count: sight.isConnected ? countOf(sight.hosts) : null,
    pauses: words.pauses.map((pause) => pauseOf(pause, mayWrite)),
    canAsk: asks,
    buttons: mayWrite ? buttonsOf(sight, page, asks) : [],
    rows: sight.hosts.map((host) => rowOf(host, sight)),
    announcement: announcementOf(sight),
  };
}

const canAsk = ({ isConnected, isLearning }, { mayWrite, isStale }) =>
  mayWrite && !isStale && isConnected && !isLearning;

/** What a reader is told of when it changes. */
function announcementOf({ status, words }) {
  const stands = status === null ? [words.state] : [words.release, words.state];
  return [...stands, ...words.pauses.map(({ title }) => title)].join(", ");
}

/** To stop stands among the main buttons, where it is asked back. */
function pauseOf({ condition, title, lines, actions }, mayWrite) {
  const offered = mayWrite ? actions.filter(({ verb }) => verb !== "abort") : [];
  return { condition, title, lines, actions: offered };
}

const isUnderWay = ({ status }) => status !== null && status.completion === null;

const isApproval = ({ condition }) => condition === "ApprovalRequired";

/** A button that would be refused is off; the hub decides anyway. */
function buttonsOf(sight, { holdSource }, asks) {
  const underWay = isUnderWay(sight);
  const isHeld = sight.holds.some(({ host }) => host === null);
  const isStoppable = underWay && sight.status.phase !== "RollingBack";
  const asksForStart = underWay && sight.status.paused.some(isApproval);
  const waits = sight.next !== null || asksForStart;
  const hold = holdSource ? { verb: "hold", source: holdSource } : { verb: "hold" };
  const button = (name, asked, isOn) => ({ name, asked, isOn: asks && isOn });
  return [
    button("hold", hold, !isHeld),
    button("resume", { verb: "resume" }, sight.holds.length > 0),
    button("deploy", { verb: "deploy" }, waits),
    button("deployNow", { verb: "deploy", now: true }, sight.next !== null || underWay),
    button("abort", { verb: "abort" }, isStoppable),
  ];
}

const countOf = (hosts) => ({
  online: hosts.filter(({ online }) => online).length,
  all: hosts.length,
});

function rowOf({ host, online, progress, stepState, path, words }, sight) {
  const isLoading = stepState === "Staging";
  const isToldAbove = sight.words.pauses.some(({ lines }) =>
    lines.some((line) => line.includes(words.why)),
  );
  return {
    ...{ host, path, isAway: sight.isConnected && !online },
    standing: words.standing,
    running: words.running,
    state: words.state,
    why: REMARKABLE.has(words.standing) && !isToldAbove ? words.why : "",
    marks: words.marks,
    percent: isLoading ? (progress?.percent ?? null) : null,
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

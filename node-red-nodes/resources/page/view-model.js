// What a page shows of a fleet, made of the view that the hub tells (fleet/slim-view.ts). Pure: no DOM, no clock.
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
    ...{ at: sight.at, language: words.language, zone: sight.zone },
    headline: {
      release: sight.status === null ? "" : words.release,
      ...{ state: words.state, standing: words.standing, lines: words.lines },
    },
    count: sight.isConnected ? countOf(sight.hosts) : null,
    pauses: words.pauses.map((pause) => pauseOf(pause, mayWrite)),
    canAsk: asks,
    buttons: mayWrite ? buttonsOf(sight, asks) : [],
    groups: groupsOf(sight),
    announcement: announcementOf(sight),
  };
}

/**
 * What a dialog asks goes with what asked for it: once somebody else has answered, the skip that would have refused a
 * question of the flow leaves a host out, also one that has failed by then.
 */
export function stillAsked(question, { words }) {
  if (!question?.condition) return question;
  const { condition, verb, host } = question;
  const isMeant = (action) => action.verb === verb && action.host === host;
  const isAsked = words.pauses.some(
    (one) => one.condition === condition && one.actions.some(isMeant),
  );
  return isAsked ? question : null;
}

const canAsk = ({ isConnected, isLearning }, { mayWrite, isStale }) =>
  mayWrite && !isStale && isConnected && !isLearning;

/** What a reader is told of when it changes. */
function announcementOf({ status, words }) {
  const stands = status === null ? [words.state] : [words.release, words.state];
  return [...stands, ...words.pauses.map(({ title }) => title)].join(", ");
}

/** To stop stands among the main buttons. */
function pauseOf({ condition, title, lines, actions }, mayWrite) {
  const offered = mayWrite ? actions.filter(({ verb }) => verb !== "abort") : [];
  return { condition, title, lines, actions: offered };
}

const isUnderWay = ({ status }) => status !== null && status.completion === null;

const isApproval = ({ condition }) => condition === "ApprovalRequired";

/** A button that would be refused is off; the hub decides anyway. */
function buttonsOf(sight, asks) {
  const underWay = isUnderWay(sight);
  const isHeld = sight.holds.some(({ host }) => host === null);
  const isStoppable = underWay && sight.status.phase !== "RollingBack";
  const waits = sight.next !== null || (underWay && sight.status.paused.some(isApproval));
  const button = (name, isOn, rest = {}) => ({ name, isOn: asks && isOn, ...rest });
  return [
    ...(isHeld ? [] : [button("hold", true)]),
    ...(sight.holds.length > 0 ? [button("resume", true)] : []),
    // What is under way already can only be hurried.
    button("deploy", waits || underWay, { hurries: !waits }),
    button("abort", isStoppable),
    button("rollback", canReturn(sight), { hosts: updatedHosts(sight) }),
  ];
}

/** A rollout under way is stopped, with what shall return; one that is over is rolled back. */
const canReturn = (sight) =>
  sight.status !== null && !isUnderWay(sight) && updatedHosts(sight).length > 0;

const updatedHosts = ({ hosts }) =>
  hosts.filter(({ stepState }) => stepState === "Succeeded").map(({ host }) => host);

const countOf = (hosts) => ({
  online: hosts.filter(({ online }) => online).length,
  all: hosts.length,
});

/** In the plan's order; a group of one host with its own name needs no heading. */
function groupsOf(sight) {
  const rows = new Map(sight.hosts.map((host) => [host.host, rowOf(host, sight)]));
  const groups = sight.groups.map(({ name, hosts }) => ({
    name: hosts.length === 1 && hosts[0] === name ? null : name,
    rows: hosts.flatMap((host) => rows.get(host) ?? []),
  }));
  const planned = new Set(sight.groups.flatMap(({ hosts }) => hosts));
  const others = [...rows].filter(([host]) => !planned.has(host)).map(([, row]) => row);
  return joined([...groups, { name: null, rows: others }]);
}

function joined(groups) {
  const made = [];
  for (const group of groups.filter(({ rows }) => rows.length > 0)) {
    const last = made.at(-1);
    if (last && last.name === null && group.name === null) last.rows.push(...group.rows);
    else made.push({ ...group, rows: [...group.rows] });
  }
  return made;
}

function rowOf({ host, online, progress, loaded, stepState, path, words }, sight) {
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
    loaded: isLoading ? (loaded ?? null) : null,
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

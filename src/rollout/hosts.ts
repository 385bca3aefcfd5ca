import type { HostName, SessionId } from "../contract/index.ts";
import type { HostReport } from "./event.ts";
import { noteClock, whyHeldByClock } from "./host-clock.ts";
import { judgeReport } from "./host-report.ts";
import { positionOf } from "./host-tree.ts";
import type { HostEntry } from "./rollout-state.ts";
import { tendSoak, verifyTrial } from "./trial.ts";
import type { Turn } from "./turn.ts";
import { isBeforeTrial, isEnd } from "./words.ts";

/** Why an event changed nothing; null when it did. */
export type Ignored = string | null;

const KNOWN_SESSIONS = 4;

/** A live report: first the facts, then what follows for the host's step. */
export function hostReported(turn: Turn, report: HostReport, live: boolean): Ignored {
  if (!live) return "a retained copy proves nothing about now";
  const position = positionOf(turn.state.hosts, report.host);
  if (position < 0) return `${report.host} is not a host of the plan`;
  const { sessions, seq } = turn.entry(position);
  if (sessions.indexOf(report.session) > 0) return `${report.host} speaks from an older session`;
  const fresh = sessions[0] !== report.session;
  if (!fresh && report.seq <= seq) return `${report.host} has said this before`;
  comeOnline(turn, position, report.session, { reissue: false });
  const bootRisk = report.bootRisk ?? turn.entry(position).bootRisk;
  turn.put(position, { seq: report.seq, current: report.current, bootRisk });
  noteClock(turn, position, report);
  if (turn.entry(position).step) {
    if (turn.step(position).unsure) turn.move(position, { unsure: false });
    judgeReport(turn, position, report);
    afterContact(turn, position);
  }
  noteDrift(turn, position, report);
  return null;
}

/** A host opened a session: what is desired of it is issued anew, since `notAfter` may have passed. */
export function hostAppeared(turn: Turn, host: HostName, session: SessionId): Ignored {
  const position = positionOf(turn.state.hosts, host);
  if (position < 0) return `${host} is not a host of the plan`;
  const { online, sessions } = turn.entry(position);
  if (sessions.indexOf(session) > 0) return `${host} has opened a newer session`;
  if (online && sessions[0] === session) return `${host} is there already`;
  comeOnline(turn, position, session, { reissue: true });
  if (turn.entry(position).step) afterContact(turn, position);
  return null;
}

/** The broker's will for a session; of any but the newest it means nothing. */
export function hostLost(turn: Turn, host: HostName, session: SessionId): Ignored {
  const position = positionOf(turn.state.hosts, host);
  if (position < 0) return `${host} is not a host of the plan`;
  const { online, sessions } = turn.entry(position);
  if (sessions[0] !== session) return `${host} has opened another session`;
  if (!online) return `${host} is away already`;
  turn.put(position, { online: false });
  return null;
}

function comeOnline(
  turn: Turn,
  position: number,
  session: SessionId,
  { reissue }: { readonly reissue: boolean },
): void {
  const { sessions, step, seq } = turn.entry(position);
  const isNew = sessions[0] !== session;
  const known = isNew ? [session, ...sessions].slice(0, KNOWN_SESSIONS) : sessions;
  // Each session counts its reports from the beginning.
  turn.put(position, { online: true, sessions: known, seq: isNew ? 0 : seq });
  if (!step || !turn.active) return;
  const { order, state } = step;
  if (state === "Queued") {
    if (turn.rollout.phase !== "Pending") beginStaging(turn, position);
    return;
  }
  if (reissue && order && !(isEnd(state) && order.taken)) turn.order(position, order.goal);
}

/** Downloads early, activates in order (DESIGN 8). */
export function beginStaging(turn: Turn, position: number): void {
  turn.move(position, { state: "Staging", why: whyHeldByClock(turn.entry(position)) });
  turn.order(position, "stage");
}

/** What only waited for the host to be there. */
function afterContact(turn: Turn, position: number): void {
  const { state, soakUntil } = turn.step(position);
  if (state === "Verifying" && turn.entry(position).planned.carries.length > 0) {
    if (turn.step(position).bootId !== null) verifyTrial(turn, position);
  } else if (state === "Soaking" && soakUntil === null) tendSoak(turn, position);
}

/** At rest a host runs what it has committed; anything else was done by a person, and is asked about. */
function noteDrift(turn: Turn, position: number, report: HostReport): void {
  const entry = turn.entry(position);
  if (report.mode === "observe") {
    if (entry.drift !== "none") turn.put(position, { drift: "none" }); // who deploys it, does so by right
    return;
  }
  const last = entry.good[0];
  if (!last || report.phase !== "idle" || isUnderWay(entry)) return;
  const same = report.current === last.target;
  if (same && entry.drift !== "none") turn.put(position, { drift: "none" });
  if (same || entry.drift !== "none") return;
  turn.put(position, { drift: "drifted" });
  const id = `${entry.host}/drift/${turn.at}`;
  turn.announce({ type: "DriftSeen", id, host: entry.host, current: report.current });
}

const isUnderWay = ({ step }: HostEntry): boolean =>
  step !== null && !isEnd(step.state) && !isBeforeTrial(step.state);

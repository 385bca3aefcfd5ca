import {
  floorOf,
  formOf,
  type HostReport,
  hostReportCodec,
  type Journal,
  openOrder,
  parsePayload,
  type Reported,
  type Waiting,
  WIRE_SPOKEN,
} from "../../src/contract/index.ts";
import type { Facts } from "../decide/facts.ts";
import { isSameAttempt } from "../decide/journal-change.ts";
import { pausedUntil } from "../decide/next-stage.ts";
import { isSessionFresh } from "../decide/next-trial.ts";
import { reportable } from "../decide/reportable.ts";
import type { HostMemory } from "./host-memory.ts";
import type { ActivatorParts } from "./ports.ts";

/** What the report shows that is neither journal nor fact. */
export interface Extras {
  readonly refusal: Reported["refusal"];
  readonly probes: NonNullable<Reported["probes"]>;
  readonly waiting?: Waiting | null;
}

export interface ReportInput {
  readonly parts: Pick<ActivatorParts, "trust" | "limits">;
  readonly memory: Pick<HostMemory, "ratchet" | "journal" | "accepted">;
  readonly facts: Facts;
  readonly extras: Extras;
  /** Of what boots next, against what was booted. */
  readonly rebootReasons: readonly string[];
  readonly bootRisk: NonNullable<Reported["bootRisk"]>;
  readonly freeBytes: number;
}

/** The activator's half of `reported`: reality for what runs, the journal for what was tried. Pure. */
export function hostReportOf(input: ReportInput): HostReport {
  const { parts, memory, facts, extras, rebootReasons } = input;
  const { journal, ratchet } = memory;
  const { open } = journal;
  return {
    ...{ v: 1, wire: WIRE_SPOKEN, host: parts.trust.host, bootId: facts.bootId },
    ...{ current: facts.current, booted: facts.booted, profile: facts.profile },
    ...attemptOf(journal, memory.accepted),
    ...{ counter: ratchet.counter, refusal: extras.refusal },
    serial: journal.committed.at(-1)?.serial ?? 0,
    floor: floorOf(ratchet, parts.trust),
    rebootRequired: rebootReasons.length > 0,
    rebootReasons: rebootReasons.slice(0, 16),
    bootRisk: input.bootRisk,
    clock: facts.isClockSynchronised ? "synchronised" : "unsynchronised",
    freeBytes: input.freeBytes,
    mode: parts.limits.mode,
    ...(open?.summary ? { summary: open.summary } : {}),
    waiting: extras.waiting ?? (open ? null : (lockedBy(journal) ?? pausedUntil(journal, facts))),
    probes: extras.probes.slice(0, 16),
    drift: parts.limits.mode === "observe" ? [] : driftOf(journal, facts),
    renewedAfterBootMs: renewedAfter(journal, facts),
  };
}

/** A locked host says why: a damaged journal has no attempt left whose outcome could. */
function lockedBy({ locked }: Journal): Waiting | null {
  if (!locked) return null;
  return { code: locked.code, message: reportable(locked.message), until: null };
}

type AttemptFields = Pick<HostReport, "phase" | "rollout" | "attempt" | "target" | "outcome">;

/** Of an attempt that has ended: the one the hub asked for last, else the last one that ended here. */
function attemptOf(journal: Journal, accepted: Uint8Array | null): AttemptFields {
  const { open } = journal;
  if (open) {
    const { phase, rollout, attempt, storePath } = open;
    return { phase, rollout, attempt, target: storePath, outcome: null };
  }
  const asked = accepted && askedBy(accepted);
  const last =
    (asked && journal.closed.find((one) => isSameAttempt(one, asked))) ?? journal.closed.at(-1);
  const entry = last && journal.history?.findLast((one) => isSameAttempt(one, last));
  return {
    phase: journal.locked ? "locked" : "idle",
    rollout: last?.rollout ?? null,
    attempt: last?.attempt ?? null,
    target: entry?.storePath ?? null,
    outcome: last?.outcome ?? null,
  };
}

/** Verified before it was kept; what is read back is the host's own. */
function askedBy(accepted: Uint8Array) {
  try {
    const { order } = parsePayload("desired", accepted);
    return formOf(order).parse(openOrder(order));
  } catch {
    return null; // damaged since: the last attempt that ended is shown instead
  }
}

/** What runs, or would boot, that nobody committed here (DESIGN 7: shown as drift). */
function driftOf({ open, committed }: Journal, facts: Facts): NonNullable<HostReport["drift"]> {
  const standing = committed.at(-1)?.storePath;
  if (open || standing === undefined) return [];
  const drift: ("current" | "profile")[] = [];
  if (facts.current !== standing) drift.push("current");
  if (facts.profile !== standing) drift.push("profile");
  return drift;
}

/** From a trial's switch until its commit, an older session is asked to open a new one. */
function renewedAfter({ open }: Journal, facts: Facts): number | null {
  if (open?.switchedBootMs === undefined) return null;
  const isAsked = open.phase === "activating" || open.phase === "in-trial";
  return isAsked && !isSessionFresh(open, facts) ? Math.ceil(open.switchedBootMs) : null;
}

/** The last report; null when there is none that can be read. */
export async function readReport({ files, places }: ReportPlace): Promise<HostReport | null> {
  try {
    const bytes = await files.read(places.report);
    return bytes ? hostReportCodec.parse(bytes) : null;
  } catch {
    return null;
  }
}

type ReportParts = Pick<ActivatorParts, "files" | "places" | "reportGroupId">;
type ReportPlace = Pick<ActivatorParts, "files" | "places">;

/** Of the last report: its refusal stands until an order is accepted. */
export async function readExtras(place: ReportPlace): Promise<Extras> {
  const last = await readReport(place);
  return { refusal: last?.refusal ?? null, probes: last?.probes ?? [] };
}

/** What it says is durable elsewhere. */
export async function writeReport(
  parts: ActivatorParts,
  memory: HostMemory,
  { facts, extras }: Pick<ReportInput, "facts" | "extras">,
): Promise<void> {
  const { machine } = parts;
  const next = facts.profile ?? facts.current;
  const [rebootReasons, bootRisk, freeBytes] = await Promise.all([
    next === null || next === facts.booted ? [] : machine.rebootReasons(next),
    machine.bootRisk(),
    machine.freeBytes(),
  ]);
  const report = hostReportOf({
    ...{ parts, memory, facts, extras, rebootReasons, bootRisk, freeBytes },
  });
  await putReport(parts, report);
}

/** Replaced by rename, so that the agent finds the old report or the new one. */
export async function putReport(parts: ReportParts, report: HostReport): Promise<void> {
  const { files, places } = parts;
  await files.makeFolder(places.reportFolder, 0o750);
  await files.permit(places.reportFolder, 0o750, parts.reportGroupId);
  const fresh = `${places.report}.new`;
  await files.write(fresh, hostReportCodec.encode(report));
  await files.permit(fresh, 0o640, parts.reportGroupId);
  await files.rename(fresh, places.report);
}

import type { ErrorCode, Journal, Waiting } from "../../src/contract/index.ts";
import { retryDelayMs } from "../pull/retry.ts";
import { type Action, rest } from "./action.ts";
import type { ChangeSummary, Facts } from "./facts.ts";
import { guardPull, guardTrial } from "./guards.ts";
import { close, closed, move, without, withTrial } from "./journal-change.ts";
import { reportable } from "./reportable.ts";
import { isOrphan } from "./trial-file.ts";
import type { View } from "./view.ts";

const LOOK_AGAIN_MS = 60_000;

const canceled = { code: "canceled", reason: "revert-ordered" } as const;

/** Nothing of the host has changed yet: a revert just ends it. */
export function nextInStaging({ journal, open, facts, limits }: View): Action {
  if (open.goal === "revert") return close(journal, open, canceled, facts.now);
  const waitMs = (open.retryAtBootMs ?? 0) - facts.bootMs;
  if (open.bootId === facts.bootId && waitMs > 0)
    return backingOff(open.cause?.message, waitMs, facts);
  const guard = guardPull(limits.guards, facts.guards);
  return guard ? rest(guard, LOOK_AGAIN_MS) : { do: "pull" };
}

function backingOff(message: string | undefined, waitMs: number, { now }: Facts): Action {
  const until = (now + waitMs) as Facts["now"];
  return rest({ code: "pull-backing-off", message: message ?? "", until }, waitMs);
}

export type PullResult =
  | { readonly isHere: true; readonly summary: ChangeSummary }
  | { readonly isHere: false; readonly code: ErrorCode; readonly message: string };

/** What a pull found out, in the journal: staged, to be tried again, or failed. */
export function afterPull(journal: Journal, result: PullResult, facts: Facts): Journal {
  const { open } = journal;
  if (open?.phase !== "staging") return journal;
  if (result.isHere) {
    return { ...journal, open: { ...open, phase: "staged", summary: result.summary } };
  }
  const { code, message } = result;
  const pulls = (open.pulls ?? 0) + 1;
  const delayMs = retryDelayMs(code, pulls);
  if (delayMs === null) {
    return closed(journal, open, { code: "failed", reason: code, message }, facts.now);
  }
  const retryAtBootMs = facts.bootMs + delayMs;
  const cause = { code, message: reportable(message) };
  return { ...journal, open: { ...open, pulls, retryAtBootMs, cause, bootId: facts.bootId } };
}

/**
 * Everything is here; only an order moves it on, and only when nothing on the host speaks against it. A host that
 * observes says what it would have done at once: it must not hold a turn, a gate or a person's approval for that.
 */
export function nextWhenStaged(view: View): Action {
  const { journal, open, facts } = view;
  if (open.goal === "revert") return close(journal, open, canceled, facts.now);
  if (!facts.isTargetHere) return move(journal, open, { phase: "staging" }, "collected as garbage");
  const waits = open.goal === undefined || open.goal === "stage";
  if (waits && view.limits.mode === "active") return rest();
  return refusal(view) ?? hold(view) ?? (facts.isNoticeDue ? { do: "ask" } : begin(view));
}

/** What ends the attempt before it touches anything. */
function refusal({ journal, open, facts, limits }: View): Action | null {
  const { storePath } = open;
  if (facts.current === null) {
    return close(journal, open, { code: "failed", reason: "nothing-ran-before" }, facts.now);
  }
  if (facts.trial && isOrphan(journal, facts, facts.trial)) {
    const message = `${facts.trial.attempt}, which the journal does not know, is still on trial`;
    const end = { code: "failed", reason: "host-memory-damaged", message } as const;
    return close(journal, open, end, facts.now);
  }
  if (facts.current === storePath && facts.profile === storePath) {
    return close(journal, open, { code: "already-installed", reason: null }, facts.now);
  }
  if (limits.mode === "observe") {
    const message = wouldChange(open.summary, facts.rebootReasons);
    return close(journal, open, { code: "rejected", reason: "observe-mode", message }, facts.now);
  }
  if (facts.otherAgents.length > 0) {
    const message = facts.otherAgents.join(", ");
    const end = { code: "rejected", reason: "other-deploy-agent", message } as const;
    return close(journal, open, end, facts.now);
  }
  if (open.goal === "boot" && open.approved !== facts.bootRisk) {
    const message = `approved: ${open.approved ?? "nothing"}; this host's risk: ${facts.bootRisk}`;
    const end = { code: "rejected", reason: "boot-not-approved", message } as const;
    return close(journal, open, end, facts.now);
  }
  if (open.goal !== "boot" && facts.rebootReasons.length > 0) {
    const message = facts.rebootReasons.join(", ");
    const end = { code: "needs-reboot", reason: "reboot-required", message } as const;
    return close(journal, open, end, facts.now);
  }
  return null;
}

function wouldChange(summary: ChangeSummary | undefined, reasons: readonly string[]): string {
  const units = summary?.unitsTotal ?? 0;
  const names = summary ? [...summary.stop, ...summary.restart, ...summary.start].join(", ") : "";
  const reboot = reasons.length > 0 ? `; needs a reboot: ${reasons.join(", ")}` : "";
  const packages = summary?.packagesTotal ?? 0;
  return `would change ${packages} packages and touch ${units} units${names ? ` (${names})` : ""}${reboot}`;
}

/** What only makes it wait. Commit and revert never come here (DESIGN 7, local guards). */
function hold({ journal, facts, limits }: View): Action | null {
  const { now, bootMs } = facts;
  const moment = { now, bootMs, trials: journal.trials ?? [] };
  const waiting = pausedUntil(journal, facts) ?? guardTrial(limits.guards, facts.guards, moment);
  return waiting ? rest(waiting, LOOK_AGAIN_MS) : null;
}

/** Boot time within the boot in which it was asked for; after a reboot the wall clock, where it is to be trusted. */
export function pausedUntil(journal: Journal, facts: PauseFacts): Waiting | null {
  const { paused } = journal;
  if (!paused) return null;
  const isSameBoot = paused.bootId === facts.bootId;
  const leftMs = isSameBoot ? paused.untilBootMs - facts.bootMs : paused.until - facts.now;
  if (leftMs <= 0 || (!isSameBoot && !facts.isClockSynchronised)) return null;
  const until = (facts.now + leftMs) as Facts["now"];
  return { code: "host-paused", message: "a person keeps this host for a while", until };
}

type PauseFacts = Pick<Facts, "now" | "bootId" | "bootMs" | "isClockSynchronised">;

/** The journal has what a return needs before anything is armed or touched. */
function begin({ journal, open, facts }: View): Action {
  const begun = withTrial(journal, facts.now);
  const way = open.goal === "boot" ? "rebooting" : "activating";
  const change = {
    phase: way,
    step: "arming",
    previous: facts.current,
    profileBefore: facts.profile,
    bootId: facts.bootId,
    failedBefore: facts.failedUnits.slice(0, 256),
  } as const;
  const kept = without(open, "cause", "pulls", "retryAtBootMs");
  // an approved reboot that a commit overtook is a live trial: its deadman must find the old profile
  return move(begun, way === "rebooting" ? kept : without(kept, "approved"), change, way);
}

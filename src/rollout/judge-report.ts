import {
  type Goal,
  type HostReport,
  type HostState,
  type HostStep,
  hasEnded,
  isInTrial,
  type Rollout,
} from "./state.ts";

type Judged =
  | { readonly step: HostStep; readonly goal: Goal | null }
  | { readonly ignored: string };

const END_OF: Readonly<Record<string, HostState>> = {
  succeeded: "Succeeded",
  "already-installed": "AlreadyInstalled",
  failed: "Failed",
  rejected: "Rejected",
  canceled: "Canceled",
  "needs-reboot": "NeedsReboot",
  "rolled-back": "RolledBack",
  "taken-over": "TakenOver",
  inconsistent: "Inconsistent",
};

/** Refusals that end nothing: an old copy was delivered, or the order is issued anew when the host appears. */
const HARMLESS = new Set([
  "order-replayed",
  "order-stale",
  "clock-unsynchronised",
  "attempt-closed",
  "not-in-trial",
]);

/** What a live report of a host means for its step. Success comes from here alone, never from a wire. */
export function judgeReport(rollout: Rollout, step: HostStep, report: HostReport): Judged {
  if (hasEnded(step)) return { ignored: `the turn of ${step.host} is over` };
  const { refusal } = report;
  if (refusal && refusal.counter === step.counter && ends(step, refusal.code)) {
    return ended(step, "Rejected", `${refusal.code}: ${refusal.message}`);
  }
  if (report.rollout !== rollout.id || report.attempt !== step.attempt) {
    return { ignored: `${step.host} speaks of another attempt` };
  }
  if (report.target !== step.target) return { ignored: `${step.host} speaks of another path` };
  if (report.outcome) return judgeOutcome(step, report.outcome);
  return judgePhase(rollout, step, report);
}

/** A host that was told to keep its trial may refuse as it likes: its outcome decides. */
const ends = (step: HostStep, code: string): boolean =>
  step.state !== "Committing" && !HARMLESS.has(code);

function judgeOutcome(step: HostStep, outcome: NonNullable<HostReport["outcome"]>): Judged {
  const end = END_OF[outcome.code];
  if (end === undefined) return { ignored: `unknown outcome ${outcome.code}` };
  const why = [outcome.reason, outcome.message].filter(Boolean).join(": ");
  return ended(step, end, end === "Succeeded" ? "" : why);
}

function judgePhase(rollout: Rollout, step: HostStep, report: HostReport): Judged {
  if (report.phase === "staged" && step.state === "Staging") {
    return { step: { ...step, state: "Staged" }, goal: null };
  }
  if (report.phase === "in-trial" && step.state !== "Committing") {
    return judgeTrial(rollout, step, report);
  }
  return { ignored: `${step.host} is ${report.phase}, nothing follows from it` };
}

/** A host found in trial after the hub lost its memory is kept as well, if it is the only one. */
function judgeTrial(rollout: Rollout, step: HostStep, report: HostReport): Judged {
  const other = rollout.steps.find((one) => isInTrial(one) && one.host !== step.host);
  if (other) return { ignored: `${step.host} is in trial while it is the turn of ${other.host}` };
  if (report.current !== step.target) {
    return { ignored: `${step.host} is in trial but does not run ${step.target}` };
  }
  return { step: { ...step, state: "Committing" }, goal: "commit" };
}

const ended = (step: HostStep, state: HostState, why: string): Judged => ({
  step: { ...step, state, why: why.slice(0, 500).toWellFormed() },
  goal: null,
});

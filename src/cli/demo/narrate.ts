import type { Reported, RolloutStatus } from "../../contract/index.ts";

/** One sentence for what a host's report says, in words for people. */
export function sayReport(report: Reported): string {
  if (report.phase !== "idle") return `${sayPhase(report)}${sayWaiting(report)}`;
  if (report.outcome) return sayOutcome(report, report.outcome);
  if (report.refusal) return `refused the order: ${report.refusal.code}, ${report.refusal.message}`;
  return `here, running ${report.current}`;
}

const sayWaiting = ({ waiting }: Reported): string =>
  waiting ? `; waits: ${waiting.code}, ${waiting.message}` : "";

function sayPhase({ phase, target }: Reported): string {
  switch (phase) {
    case "staging":
      return `downloads and checks ${target}`;
    case "staged":
      return "has everything it needs and waits for its turn";
    case "activating":
      return "tries it: switch-to-configuration test";
    case "in-trial":
      return "runs it on trial; the old system is still the one that boots";
    case "committing":
      return "was told to keep it: profile and boot default follow";
    case "reverting":
      return "returns to what ran before";
    default:
      return phase;
  }
}

function sayOutcome(report: Reported, { code, reason, message }: NonNullable<Reported["outcome"]>) {
  if (code === "succeeded") return `done: runs and boots ${report.current}`;
  const why = [reason, message].filter(Boolean).join(": ");
  return `${code}${why === "" ? "" : `, ${why}`}; runs ${report.current}`;
}

export function sayRollout({ phase, completion, why }: RolloutStatus): string {
  const because = why === "" ? "" : `: ${why}`;
  switch (completion) {
    case null:
      return PHASES[phase] ?? phase;
    case "Promoted":
      return "the rollout is done: every host reported success";
    case "PartiallyPromoted":
      return "the rollout is done: every host that was there reported success";
    case "Superseded":
      return "a newer release takes its place";
    default:
      return `the rollout was stopped${because}`;
  }
}

const PHASES: Readonly<Record<string, string>> = {
  Pending: "the release was verified; it waits for its hosts",
  Progressing: "the release was verified; its hosts take it one after another",
  Finalising: "the last look at the whole house",
  Aborting: "stopping",
  RollingBack: "the hosts return to what they had",
};

/** Where a rollout stands (DESIGN 8). */
export const ROLLOUT_PHASES = [
  "Pending",
  "Progressing",
  "Finalising",
  "Aborting",
  "RollingBack",
  "Completed",
] as const;
export type RolloutPhase = (typeof ROLLOUT_PHASES)[number];

export const COMPLETIONS = [
  "Promoted",
  "PartiallyPromoted",
  "Aborted",
  "Superseded",
  "RolledBack",
  "RollbackFailed",
  "Rejected",
] as const;
export type Completion = (typeof COMPLETIONS)[number];

/** Why nothing new starts. Each is cleared by its own cause alone; none blocks a commit or a revert. */
export const PAUSE_CONDITIONS = [
  "Hold",
  "ApprovalRequired",
  "OutsideWindow",
  "PreflightFailed",
  "InconclusiveAnalysis",
  "AnalysisError",
  "HostFailure",
  "HostSilent",
  "Draining",
  "Reconciling",
  "ClockUnsynced",
  /** A second hub orders this fleet's hosts: as the only one it stops every order (DESIGN 5). */
  "Fenced",
] as const;
export type PauseCondition = (typeof PAUSE_CONDITIONS)[number];

/** Where one host stands: first those still under way, then the ends. */
export const OPEN_STATES = [
  "Queued",
  "Staging",
  "Staged",
  /** Has fetched, and its reboot is approved: waits for its window and its slot like a staged host. */
  "RebootPending",
  "Activating",
  /** Gone for the reboot that begins its trial; silence is expected for a while. */
  "Rebooting",
  "Verifying",
  "Soaking",
  "Committing",
  "RollingBack",
  /** Silent past lease and grace: nothing is presumed, only its own report ends it. */
  "Unknown",
] as const;
export const END_STATES = [
  "Succeeded",
  "AlreadyInstalled",
  "Skipped",
  "Deferred",
  "Canceled",
  "Rejected",
  "Failed",
  "NeedsReboot",
  "RolledBack",
  "TakenOver",
  "Inconsistent",
] as const;
export const HOST_STATES = [...OPEN_STATES, ...END_STATES] as const;
export type OpenState = (typeof OPEN_STATES)[number];
export type EndState = (typeof END_STATES)[number];
export type HostState = (typeof HOST_STATES)[number];

export const VERDICTS = ["Successful", "Failed", "Inconclusive", "NoData", "Error"] as const;
export type GateVerdict = (typeof VERDICTS)[number];

/** preflight: before the trial; soak: in the trial; final: after the last host. */
export const GATE_PLACES = ["preflight", "soak", "final"] as const;
export type GatePlace = (typeof GATE_PLACES)[number];

export type Goal = "stage" | "trial" | "boot" | "commit" | "revert";

const ENDS: ReadonlySet<string> = new Set(END_STATES);
const IN_TRIAL: ReadonlySet<string> = new Set([
  "Activating",
  "Rebooting",
  "Verifying",
  "Soaking",
  "Committing",
  "RollingBack",
] satisfies OpenState[]);
const BAD: ReadonlySet<string> = new Set([
  "Rejected",
  "Failed",
  "NeedsReboot",
  "RolledBack",
  "TakenOver",
  "Inconsistent",
] satisfies EndState[]);

export const isEnd = (state: HostState): state is EndState => ENDS.has(state);
/** Between the order to try and the end. */
export const isTrial = (state: HostState): boolean => IN_TRIAL.has(state);
/** Has fetched and waits for its turn. */
export const isStaged = (state: HostState): boolean =>
  state === "Staged" || state === "RebootPending";
/** Not begun: nothing of the host has changed. */
export const isBeforeTrial = (state: HostState): boolean =>
  state === "Queued" || state === "Staging" || isStaged(state);
/** In trial, and not on its way to an end yet: it can still be undone. */
export const canBeUndone = (state: HostState): boolean =>
  isTrial(state) && state !== "Committing" && state !== "RollingBack";
/** An end that somebody should look at. */
export const isBad = (state: HostState): boolean => BAD.has(state);

import type {
  BootRisk,
  ChangeSummary,
  EpochMs,
  InboxSession,
  OpenAttempt,
  ProbeReport,
  SessionId,
  StorePath,
  Trial,
} from "../../src/contract/index.ts";

/** The name of one step's repetition: of its transient unit's result and log. */
export type Run = NonNullable<OpenAttempt["run"]>;

/** How a transient unit's program ended. Statuses are switch-to-configuration's (docs/host.md). */
export type RunEnd =
  | { readonly kind: "exited"; readonly status: number }
  /** Its own time limit ended it. */
  | { readonly kind: "too-slow" }
  | { readonly kind: "killed"; readonly signal: string }
  /** The unit could not start its program (systemd's 203), or systemd-run itself failed. */
  | { readonly kind: "not-started"; readonly message: string };

/** What reality says of one run. `lost`: it was begun in this boot, does not run and left no result. */
export type RunState =
  | { readonly state: "none" }
  | { readonly state: "running" }
  | { readonly state: "lost" }
  | { readonly state: "ended"; readonly end: RunEnd; readonly output: string };

/**
 * What is true of the host now, read anew before each decision and never remembered (DESIGN 7). Boot
 * time is in ms and counts suspend.
 */
export interface Facts {
  readonly now: EpochMs;
  readonly isClockSynchronised: boolean;
  readonly bootId: SessionId;
  readonly bootMs: number;
  readonly current: StorePath | null;
  readonly booted: StorePath | null;
  readonly profile: StorePath | null;
  /** What the boot loader takes next by itself, by its own files; null where they cannot be read. */
  readonly bootDefault: StorePath | null;
  /** trial.v1, null when there is none. */
  readonly trial: Trial | null;
  /** The deadman's timer is loaded and waits. */
  readonly isDeadmanArmed: boolean;
  /** The state of the run that the journal names; `none` when it names none. */
  readonly run: RunState;
  /** Units that are failed now; before a trial also those that fail again and again. */
  readonly failedUnits: readonly string[];
  /** The closure lies in the store and its root holds it. */
  readonly isTargetHere: boolean;
  /** Roots of an attempt are held. */
  readonly areRootsHeld: boolean;
  /** Why the target needs a reboot against the booted system; empty when it does not. */
  readonly rebootReasons: readonly string[];
  readonly bootRisk: BootRisk;
  /** Other deploy agents that are enabled here. */
  readonly otherAgents: readonly string[];
  /** The session over which the inbox was filled, null before the first. */
  readonly session: InboxSession | null;
  /** This very program belongs to the system that runs now (or no system says whose it is: development). */
  readonly isOwnSystem: boolean;
  readonly guards: GuardFacts;
  /** The person at the laptop is to be asked before this attempt's trial. */
  readonly isNoticeDue: boolean;
}

/** What the local guards look at. */
export interface GuardFacts {
  /** Minutes since local midnight and the day of the week (0 Sunday), in the configured zone. */
  readonly localMinute: number;
  readonly localDay: number;
  readonly isMetered: boolean;
  /** 0 to 100; null without a battery or on mains. */
  readonly batteryPercent: number | null;
  /** Who asks not to sleep, null when nobody does. */
  readonly sleepInhibitor: string | null;
  /** The person at the laptop pressed Later; boot time until which it holds. */
  readonly laterUntilBootMs: number | null;
}

/** What the pull, the summary and the probes found, as events for the journal. */
export interface ProbeVerdict {
  readonly isPassed: boolean;
  readonly probes: readonly ProbeReport[];
}

export type { ChangeSummary };

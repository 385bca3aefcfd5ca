import type { DurationMs, Journal, StorePath, Trial, Waiting } from "../../src/contract/index.ts";
import type { Run } from "./facts.ts";
import type { Guards } from "./guards.ts";

/** A program to start in the transient unit: which system's switch-to-configuration, with which verb. */
export interface SwitchOrder {
  readonly run: Run;
  readonly system: StorePath;
  readonly verb: "test" | "boot";
}

/**
 * The one next thing to do. `note` changes the journal, the others change the host and may be repeated:
 * each is the same when it is done twice, because the one who did it first may have been killed.
 */
export type Action =
  /** Nothing to do now. `againInMs`: when time alone brings something, null when only a message does. */
  | { readonly do: "rest"; readonly waiting: Waiting | null; readonly againInMs: number | null }
  /** Durable before anything that follows from it. */
  | { readonly do: "note"; readonly journal: Journal; readonly said: string }
  /** Fetch and check the closure; what comes of it goes through `afterPull`. */
  | { readonly do: "pull" }
  /** Ask whoever sits at the laptop; what they say is a fact afterwards. */
  | { readonly do: "ask" }
  /** Write `trial.v1`, then arm the deadman that reads it. */
  | { readonly do: "arm"; readonly trial: Trial }
  | { readonly do: "write-trial"; readonly trial: Trial }
  | { readonly do: "disarm" }
  | { readonly do: "start"; readonly order: SwitchOrder; readonly limitMs: number }
  | { readonly do: "await" }
  /** Run the host's own probes, no longer than this; the result goes through `afterProbes`. */
  | { readonly do: "probe"; readonly limitMs: number }
  | { readonly do: "set-profile"; readonly path: StorePath }
  /** Raise the ratchet, then close the attempt as succeeded: `journal` is what it closes into. */
  | { readonly do: "commit"; readonly journal: Journal; readonly serial: number }
  /** Nothing is open: stop the deadman, remove `trial.v1`, drop the roots. */
  | { readonly do: "tidy" }
  /** `once`: first make this the system of the next boot only. */
  | { readonly do: "reboot"; readonly once: StorePath | null }
  /** The system that runs has an activator of its own: this one ends and that one goes on. */
  | { readonly do: "hand-over" };

/** What the host's own configuration says (docs/host.md). */
export interface Limits {
  readonly mode: "active" | "observe";
  readonly switchLimitMs: DurationMs;
  readonly probeLimitMs: DurationMs;
  readonly guards: Guards;
  readonly rebootToRecover: boolean;
}

export const rest = (waiting: Waiting | null = null, againInMs: number | null = null): Action => ({
  do: "rest",
  waiting,
  againInMs,
});

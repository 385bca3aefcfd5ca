import type { Outcome, StorePath } from "../../../src/contract/index.ts";
import type { PlayedHost } from "../activator/played-host.ts";

export type FaultPhase =
  | "at acceptance"
  | "staging"
  | "staged"
  | "arming"
  | "switching"
  | "probing"
  | "in trial"
  | "committing"
  | "reverting"
  | "rebooting";

/** One row of docs/faults.md, and the test that proves it. */
export interface FaultRow {
  readonly fault: string;
  readonly phase: FaultPhase;
  /** Plays it, until the host is at rest again. */
  readonly play: (host: PlayedHost) => Promise<void>;
  readonly runs: "old" | "new" | "a person's";
  readonly boots: "old" | "new" | "a person's";
  /** Null: the attempt is still open, or none was begun. */
  readonly outcome: Outcome["code"] | null;
  /** The reason of the outcome, of the refusal, or of what it waits for. */
  readonly code: string | null;
  /** Boot time from the fault to the end state, switches and boots not counted, in ms. */
  readonly safeWithinMs: number;
  readonly safeIn: string;
}

export const AT_ONCE = { safeWithinMs: 0, safeIn: "at once" } as const;
export const OLD_RUNS = { runs: "old", boots: "old" } as const;
export const NEW_KEPT = { runs: "new", boots: "new", outcome: "succeeded", code: null } as const;

/** @returns the name that the table has for a system */
export const nameOf = (path: StorePath, old: StorePath, fresh: StorePath): FaultRow["runs"] => {
  if (path === old) return "old";
  return path === fresh ? "new" : "a person's";
};

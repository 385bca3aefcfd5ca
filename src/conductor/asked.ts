import type { BootRisk, DurationMs, HoldSource, HostName } from "../contract/index.ts";

export type Verb =
  | "hold"
  | "resume"
  | "deploy"
  | "approve"
  | "skip"
  | "retry"
  | "abort"
  | "rollback"
  | "promote"
  | "unfence";

export interface Asked {
  readonly verb: Verb;
  /** Who, for the story: a user, "Node-RED", the name of a switch. */
  readonly by: string;
  /** Null: everything, or whatever asks now. */
  readonly host: HostName | null;
  readonly group?: string;
  /** hold and resume: which hold. */
  readonly source?: HoldSource;
  /** hold and resume: where a switch stands, as it tells again and again; the same once more is no new wish. */
  readonly stands?: boolean;
  /** hold: absent: the plan's, null: until it is released. */
  readonly duration?: DurationMs | null;
  /** deploy: without settling and soak, never without the trial. */
  readonly now?: boolean;
  /** abort; absent: "failed". */
  readonly scope?: "failed" | "group" | "all";
  /** approve a reboot, in the words of the host's own `bootRisk`. */
  readonly risk?: BootRisk;
}

export interface Answer {
  readonly accepted: boolean;
  /** A code of the error table; null when accepted. */
  readonly code: string | null;
  /** What happens now, or why nothing does; for people. */
  readonly message: string;
}

import type { RunEnd } from "../decide/facts.ts";

/** What systemd says of the transient unit of a switch. */
export interface UnitState {
  /** The key of the run it was started for; "" when it is not loaded. */
  readonly key: string;
  readonly isRunning: boolean;
  /** Null while it runs, and when it was never started. */
  readonly end: RunEnd | null;
}

export const UNIT_PROPERTIES = "Description,LoadState,ActiveState,SubState,Result,ExecMainStatus";
const PREFIX = "nixwave switch ";
export const descriptionOf = (key: string): string => `${PREFIX}${key}`;

/** systemd's own status for a program that it could not execute. */
const EXEC_FAILED = 203;

/** @param shown what `systemctl show -p ...` printed */
export function unitState(shown: string): UnitState {
  const fields = new Map(
    shown.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const description = fields.get("Description") ?? "";
  const isOurs = fields.get("LoadState") === "loaded" && description.startsWith(PREFIX);
  if (!isOurs) return { key: "", isRunning: false, end: null };
  const key = description.slice(PREFIX.length);
  const active = fields.get("ActiveState") ?? "";
  const isRunning =
    active === "activating" || active === "deactivating" || fields.get("SubState") === "running";
  return { key, isRunning, end: isRunning ? null : endOf(fields) };
}

function endOf(fields: ReadonlyMap<string, string>): RunEnd {
  const status = Number(fields.get("ExecMainStatus") ?? "0");
  switch (fields.get("Result")) {
    case "timeout":
      return { kind: "too-slow" };
    case "signal":
    case "core-dump":
    case "oom-kill":
      return { kind: "killed", signal: String(fields.get("Result")) };
    default:
      return status === EXEC_FAILED
        ? { kind: "not-started", message: "systemd could not execute it (203)" }
        : { kind: "exited", status };
  }
}

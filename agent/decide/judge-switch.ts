import type { ErrorCode, StorePath } from "../../src/contract/index.ts";
import type { RunEnd } from "./facts.ts";

export type SwitchVerdict =
  /** The new system runs; `message` names what failed there and had failed before. */
  | { readonly is: "running"; readonly message: string }
  /** Refused for a live switch: a reboot would do. Nothing was touched. */
  | { readonly is: "needs-reboot"; readonly message: string }
  /** Another switch-to-configuration holds NixOS's own lock. */
  | { readonly is: "busy" }
  /** `isTouched`: the running system may be half changed. */
  | {
      readonly is: "failed";
      readonly code: ErrorCode;
      readonly message: string;
      readonly isTouched: boolean;
    };

export interface SwitchEvidence {
  readonly end: RunEnd;
  readonly output: string;
  readonly target: StorePath;
  readonly current: StorePath | null;
  readonly failedBefore: readonly string[];
  readonly failedNow: readonly string[];
}

const SHOWN_CHARACTERS = 600;

/**
 * Tells the ends of `switch-to-configuration test` apart (docs/host.md, exit codes). Its status alone says
 * little: 1 is a failed check as well as an error half way, and 4 counts units that had failed before.
 */
export function judgeSwitch(evidence: SwitchEvidence): SwitchVerdict {
  const { end } = evidence;
  switch (end.kind) {
    case "too-slow":
      return failed("activation-too-slow", "its time limit ended it");
    case "killed":
      return failed("activation-killed", `killed by ${end.signal}`);
    case "not-started":
      return failed("activation-failed", end.message);
    case "exited":
      return judgeStatus(end.status, evidence);
  }
}

function judgeStatus(status: number, evidence: SwitchEvidence): SwitchVerdict {
  if (status === 0) return judgeRunning(evidence, "");
  if (status === 4) return judgeUnits(evidence);
  if (status === 11) return { is: "busy" };
  if (status === 100) return needsReboot(evidence, "the init interface differs");
  const check = /Pre-switch check '([^']{1,100})' failed/.exec(evidence.output)?.[1];
  if (status === 1 && check === "switchInhibitors") {
    return needsReboot(evidence, "a switch inhibitor forbids a live switch");
  }
  if (status === 1 && check !== undefined) {
    return {
      ...{ is: "failed", code: "switch-check-failed", isTouched: false },
      message: `check ${check}: ${tail(evidence.output)}`,
    };
  }
  return failed("activation-failed", `status ${status}: ${tail(evidence.output)}`);
}

/** It says that it touched nothing; an attempt ends on that only where it is so. */
function needsReboot({ current, target }: SwitchEvidence, message: string): SwitchVerdict {
  if (current !== target) return { is: "needs-reboot", message };
  return failed("activation-failed", `it wants a reboot (${message}), but ${current} runs`);
}

function judgeUnits(evidence: SwitchEvidence): SwitchVerdict {
  const before = new Set(evidence.failedBefore);
  const fresh = evidence.failedNow.filter((unit) => !before.has(unit));
  if (fresh.length > 0) return failed("units-failed", fresh.join(", "));
  const old = evidence.failedNow.join(", ");
  return judgeRunning(evidence, old === "" ? "" : `failed before and still: ${old}`);
}

function judgeRunning(evidence: SwitchEvidence, message: string): SwitchVerdict {
  if (evidence.current === evidence.target) return { is: "running", message };
  return failed("activation-failed", `it said yes, but ${evidence.current} runs`);
}

const failed = (code: ErrorCode, message: string): SwitchVerdict => ({
  is: "failed",
  code,
  message,
  isTouched: true,
});

const tail = (output: string): string => output.trim().slice(-SHOWN_CHARACTERS);

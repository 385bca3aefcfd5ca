import type { Action } from "./action.ts";
import { isBootWritten, notWritten } from "./boot-written.ts";
import { isBusy, secondTry, whenBusy } from "./busy.ts";
import type { Facts } from "./facts.ts";
import { close, locked, move } from "./journal-change.ts";
import { reportable } from "./reportable.ts";
import { runEndText } from "./run-end-text.ts";
import { isSameBoot, newTrial, trialOf } from "./trial-file.ts";
import type { View } from "./view.ts";

const BOOT_UNSURE = "boot-default-unsure";

/**
 * "The remembered path active again, never `--rollback`; if that fails, reboot once into the old boot
 * default; `Inconsistent` and locked only if the old system then is not running" (DESIGN 7).
 */
export function nextInRevert(view: View): Action {
  const { open } = view;
  switch (open.step) {
    case "profile":
      return takenOver(view) ?? armed(view) ?? nextInUnboot(view);
    case "recovering":
      return nextInRecovery(view);
    case "leaving":
      return nextInLeaving(view);
    default:
      return takenOver(view) ?? returned(view) ?? armed(view) ?? nextInSwitchBack(view);
  }
}

function takenOver({ journal, open, facts }: View): Action | null {
  const { profileBefore = null, storePath, previous, step } = open;
  const isOurs = [previous, storePath, profileBefore].includes(facts.current);
  const mayStillBoot = step === "profile" || open.approved === "no-way-back" ? [storePath] : [];
  const profiles = [profileBefore, profileBefore ?? previous, ...mayStillBoot];
  if (isOurs && profiles.includes(facts.profile)) return null;
  const message = `runs ${facts.current}, boots ${facts.profile}`;
  return close(journal, open, { code: "taken-over", reason: "person-acted", message }, facts.now);
}

/** The deadman was faster. */
function returned(view: View): Action | null {
  const isBack = trialOf(view)?.phase === "reverted" && view.facts.current === view.open.previous;
  return isBack ? leave(view) : null;
}

/** If this activator dies on the way back, the deadman goes on with it: it reads `reverting`. */
function armed(view: View): Action | null {
  const trial = trialOf(view) ?? newTrial(view, "reverting");
  if (!trial) return null;
  const wanted = { ...trial, bootId: view.facts.bootId, phase: "reverting" } as const;
  if (!view.facts.isDeadmanArmed) return { do: "arm", trial: wanted };
  const isSaid =
    trial.phase === "reverting" && trialOf(view) !== null && trial.bootId === wanted.bootId;
  return isSaid ? null : { do: "write-trial", trial: wanted };
}

/** A commit or a reboot had begun: profile and boot default first, so that no power cut boots the new system. */
function nextInUnboot(view: View): Action {
  const { journal, open, facts, limits } = view;
  const { profileBefore = null, previous, storePath } = open;
  const old = profileBefore ?? previous;
  if (old === null || old === storePath) return switchBack(view);
  if (facts.profile === storePath) return { do: "set-profile", path: old };
  const run = open.run ?? { verb: "unboot", count: 1 };
  switch (facts.run.state) {
    case "none": {
      const order = { run, system: old, verb: "boot" } as const;
      return { do: "start", order, limitMs: limits.switchLimitMs };
    }
    case "running":
      return { do: "await" };
    case "lost":
    case "ended": {
      // the loader's own files count more than its program's word, for good and for bad
      if (isBootWritten(view, old) || facts.bootDefault === old) return switchBack(view);
      const busy = isBusy(view) ? whenBusy(view, run) : null;
      if (busy) return busy;
      const second = secondTry(run);
      return second ? move(journal, open, { run: second }) : switchBack(view, notWritten(view));
    }
  }
}

/** @param unsure why nobody knows what boots next: it stays the attempt's reason to its end */
function switchBack({ journal, open }: View, unsure?: string): Action {
  const { code = "revert-ordered", message = "" } = open.cause ?? {};
  const said = `${code}: ${message}; the boot loader did not go back: ${unsure}`;
  const cause = { code: BOOT_UNSURE, message: reportable(said) };
  const change = { step: "undoing", run: { verb: "back", count: 1 } } as const;
  return move(journal, open, { ...change, ...(unsure === undefined ? {} : { cause }) });
}

/** The old system's own `test`, in its transient unit like any other switch. */
function nextInSwitchBack(view: View): Action {
  const { journal, open, facts, limits } = view;
  const { previous, storePath } = open;
  if (previous === null) return locked(journal, open, "nothing ran before", facts.now);
  if (!isSameBoot(view) && facts.current !== storePath) return leave(view);
  // only a trial by reboot: of a live one the booted system may be the target too, when A, B, A is deployed
  const wasBooted = open.approved !== undefined && facts.booted === storePath;
  if (wasBooted && previous !== storePath) return recover(view, "it was booted", true);
  const run = open.run ?? { verb: "back", count: 1 };
  switch (facts.run.state) {
    case "none": {
      const order = { run, system: previous, verb: "test" } as const;
      return { do: "start", order, limitMs: limits.switchLimitMs };
    }
    case "running":
      return { do: "await" };
    case "lost":
      return recover(view, "it left no result");
    case "ended":
      return judgeWayBack(view, facts.run, run.count);
  }
}

function judgeWayBack(
  view: View,
  { end, output }: Extract<Facts["run"], { state: "ended" }>,
  count: number,
): Action {
  const { open, facts } = view;
  const status = end.kind === "exited" ? end.status : null;
  const runs = facts.current === open.previous;
  if (runs && status === 0) return leave(view);
  // 4: units failed in the old system; it runs all the same, and another switch would not mend them
  if (runs && status === 4) return leave(view, `; failed there: ${facts.failedUnits.join(", ")}`);
  const busy = status === 11 ? whenBusy(view, { verb: "back", count }) : null;
  if (busy) return busy;
  return recover(view, runEndText(end, output, 300));
}

function leave({ journal, open }: View, also = ""): Action {
  const { code = "revert-ordered", message = "" } = open.cause ?? {};
  const cause = { code, message: reportable(`${message}${also}`) };
  return move(journal, open, { step: "leaving", cause });
}

/** Durable before the reboot, so that it is made once. */
function recover(view: View, why: string, isOnlyWay = false): Action {
  const { journal, open, facts, limits } = view;
  const { code = "revert-ordered", message = "" } = open.cause ?? {};
  const said = [message, `the way back failed: ${why}`].filter((one) => one !== "").join("; ");
  const cause = { code, message: reportable(said) };
  if (!limits.rebootToRecover && !isOnlyWay)
    return locked(journal, { ...open, cause }, cause.message, facts.now);
  return move(journal, open, { step: "recovering", bootId: facts.bootId, cause });
}

function nextInRecovery(view: View): Action {
  const trial = trialOf(view);
  if (isSameBoot(view)) {
    const theirs = takenOver(view);
    if (theirs) return theirs;
    if (trial && trial.phase !== "recovering") {
      return { do: "write-trial", trial: { ...trial, phase: "recovering" } };
    }
    return { do: "reboot", once: null };
  }
  return nextInLeaving(view);
}

const isNotYetTried = ({ open, facts }: Pick<View, "open" | "facts">): boolean =>
  open.step === "leaving" && isSameBoot({ open, facts }) && open.run?.verb !== "back";

/** The one truthful end: what runs now decides it, and what the next boot would take. */
function nextInLeaving(view: View): Action {
  const { journal, open, facts } = view;
  const { previous, profileBefore = null, cause } = open;
  const isBack = facts.current === previous || facts.current === profileBefore;
  const message = cause?.message ?? "";
  if (!isBack && facts.current === open.storePath && isNotYetTried({ open, facts })) {
    // said to be untouched, and yet the new system runs
    return move(journal, open, { step: "undoing", run: { verb: "back", count: 1 } });
  }
  if (!isBack || facts.current === null) {
    return locked(journal, open, `${message}; ${facts.current} runs`, facts.now);
  }
  if (cause?.code === BOOT_UNSURE && !isBootBack(view)) {
    const boots = facts.bootDefault ?? "what nobody can tell";
    const end = `${facts.current} runs, ${boots} boots next; ${message}`;
    return locked(journal, open, end, facts.now, BOOT_UNSURE);
  }
  const code = cause?.code === BOOT_UNSURE ? "bootloader-failed" : cause?.code;
  const reason = (code ?? "revert-ordered") as "revert-ordered";
  return close(journal, open, { code: "rolled-back", reason, message }, facts.now);
}

/** The loader's files say so, or the reboot of the way back took the old system: a one-shot was used up before. */
function isBootBack({ open, facts }: View): boolean {
  const olds = [open.profileBefore ?? null, open.previous].filter((path) => path !== null);
  if (facts.bootDefault !== null) return olds.includes(facts.bootDefault);
  const isProved = open.step === "recovering" && !isSameBoot({ open, facts });
  return isProved && facts.booted !== null && olds.includes(facts.booted);
}

import type { Action } from "./action.ts";
import { isBootWritten, notWritten } from "./boot-written.ts";
import { BUSY, isBusy, secondTry, whenBusy } from "./busy.ts";
import { close, committed, firstCount, move } from "./journal-change.ts";
import { undo } from "./next-trial.ts";
import { isSameBoot, newTrial, trialOf } from "./trial-file.ts";
import type { View } from "./view.ts";

/**
 * "`committing` made durable, deadman stopped, profile set, `boot`, roots dropped. Killed in between: same
 * boot, repeat; rebooted into target, finish; rebooted into old, profile back" (DESIGN 7).
 */
export function nextInCommit(view: View): Action {
  const { journal, open, facts } = view;
  if (!isSameBoot(view)) return rebooted(view);
  const overtaken = overtakenByDeadman(view);
  if (overtaken) return overtaken;
  if (isForeign(view)) {
    const message = `runs ${facts.current}, boots ${facts.profile}`;
    return close(journal, open, { code: "taken-over", reason: "person-acted", message }, facts.now);
  }
  const trial = trialOf(view) ?? newTrial(view, "committing");
  if (trialOf(view)?.phase !== "committing" && trial) {
    return { do: "write-trial", trial: { ...trial, phase: "committing" } };
  }
  if (facts.isDeadmanArmed) return { do: "disarm" };
  if (facts.profile !== open.storePath) return { do: "set-profile", path: open.storePath };
  if (open.step !== "booting") {
    return move(journal, open, { step: "booting", run: { verb: "boot", count: firstCount(open) } });
  }
  return nextInBoot(view);
}

function isForeign({ open, facts }: View): boolean {
  const isOurs = facts.current === open.storePath;
  const isOurProfile =
    facts.profile === (open.profileBefore ?? null) || facts.profile === open.storePath;
  return !(isOurs && isOurProfile);
}

/** Between the journal's word and trial.v1's the lease may have ended, and the deadman done its work. */
function overtakenByDeadman(view: View): Action | null {
  const { facts } = view;
  const trial = trialOf(view);
  if (!trial || trial.bootId !== facts.bootId || trial.phase === "committing") return null;
  const isLeased = trial.phase === "armed" || trial.phase === "in-trial";
  if (isLeased && facts.bootMs < trial.deadlineMs) return null;
  return undo(view, "lease-expired", "the lease ended before the commit was written down");
}

function rebooted(view: View): Action {
  const { journal, open, facts } = view;
  if (facts.current !== open.storePath) {
    return undo(view, "power-lost", "the host started again before the boot default had moved");
  }
  const change = { bootId: facts.bootId, step: "profile" } as const;
  return move(journal, open, change, "committing after a restart");
}

function nextInBoot(view: View): Action {
  const { journal, open, facts, limits } = view;
  const run = open.run ?? { verb: "boot", count: 1 };
  switch (facts.run.state) {
    case "none": {
      const order = { run, system: open.storePath, verb: "boot" } as const;
      return { do: "start", order, limitMs: limits.switchLimitMs };
    }
    case "running":
      return { do: "await" };
    case "lost":
    case "ended": {
      if (isBootWritten(view, open.storePath)) {
        const after = committed(journal, open, facts.now);
        return { do: "commit", journal: after, serial: open.serial };
      }
      if (isBusy(view)) return whenBusy(view, run) ?? undo(view, "switch-locked", BUSY.message);
      return again(view, run);
    }
  }
}

/** "`boot` fails twice: profile, boot and running system back, `RolledBack(bootloader)`" (DESIGN 7). */
function again(view: View, run: Run): Action {
  const { journal, open } = view;
  const why = notWritten(view);
  const second = secondTry(run);
  if (second === null) return undo(view, "bootloader-failed", why);
  return move(journal, open, { run: second }, `boot again: ${why}`);
}

type Run = NonNullable<View["open"]["run"]>;

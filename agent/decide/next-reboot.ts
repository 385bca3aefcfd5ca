import type { StorePath } from "../../src/contract/index.ts";
import type { Action } from "./action.ts";
import { isBootWritten, notWritten } from "./boot-written.ts";
import { isBusy, whenBusy } from "./busy.ts";
import { close, move } from "./journal-change.ts";
import { undo } from "./next-trial.ts";
import { isSameBoot, newTrial, trialOf } from "./trial-file.ts";
import type { View } from "./view.ts";

/**
 * Goal `boot` (DESIGN 7): the target becomes a boot entry; where the loader has a one-shot entry the old
 * system stays the default. After the reboot the lease resumes, and the rest is a trial like any other.
 */
export function nextInReboot(view: View): Action {
  const { open, facts } = view;
  if (!isSameBoot(view)) return arrived(view);
  if (facts.run.state === "running") return { do: "await" };
  const profiles = [open.profileBefore ?? null, open.storePath];
  const isForeign = facts.current !== open.previous || !profiles.includes(facts.profile);
  if (isForeign) return takenOver(view);
  // Once the next boot is named it is made: a revert then is the reboot after it
  if (open.goal === "revert" && open.step !== "leaving") {
    return undo(view, "revert-ordered", "", open.step !== "arming");
  }
  switch (open.step) {
    case "profile":
      return nextProfile(view, open.storePath);
    case "booting":
      return nextLoader(view, open.storePath);
    case "undoing":
      return nextLoader(view, open.profileBefore ?? open.previous ?? open.storePath);
    case "leaving":
      return leave(view);
    default:
      return nextInArming(view);
  }
}

function takenOver({ journal, open, facts }: View): Action {
  const message = `runs ${facts.current}, boots ${facts.profile}`;
  return close(journal, open, { code: "taken-over", reason: "person-acted", message }, facts.now);
}

/** No deadman in this boot: nothing that runs is changed in it. */
function nextInArming(view: View): Action {
  const { journal, open } = view;
  const trial = newTrial(view, "rebooting");
  if (!trial) return undo(view, "nothing-ran-before", "", false);
  if (trialOf(view)?.phase !== "rebooting") return { do: "write-trial", trial };
  return move(journal, open, { step: "profile" });
}

/** Runs of their own names: a later commit or revert of this attempt must not take these for its own. */
function nextProfile({ journal, open, facts }: View, path: StorePath): Action {
  if (facts.profile !== path) return { do: "set-profile", path };
  return move(journal, open, { step: "booting", run: { verb: "entry", count: 1 } });
}

/** `boot` of the target makes its entry; then, for a one-shot, `boot` of the old system takes the default back. */
function nextLoader(view: View, system: StorePath): Action {
  const { journal, open, facts, limits } = view;
  if (facts.profile !== system) return { do: "set-profile", path: system };
  const run = open.run ?? { verb: "entry", count: 1 };
  if (facts.run.state === "none") {
    const order = { run, system, verb: "boot" } as const;
    return { do: "start", order, limitMs: limits.switchLimitMs };
  }
  const busy = isBusy(view) ? whenBusy(view, run) : null;
  if (busy) return busy;
  if (!isBootWritten(view, system)) return undo(view, "bootloader-failed", notWritten(view));
  if (open.step === "booting" && open.approved === "one-shot") {
    return move(journal, open, { step: "undoing", run: { verb: "entry-back", count: 1 } });
  }
  return move(journal, open, { step: "leaving" });
}

const leave = ({ open }: View): Action => ({
  do: "reboot",
  once: open.approved === "one-shot" ? open.storePath : null,
});

/** Another boot: into the target, back into the old system, or into something nobody here asked for. */
function arrived(view: View): Action {
  const { journal, open, facts } = view;
  const { previous, profileBefore = null, storePath } = open;
  if (![previous, profileBefore, storePath].includes(facts.current)) return takenOver(view);
  if (trialOf(view)?.phase === "recovering") {
    return undo(view, "lease-expired", "the deadman started the host again");
  }
  const isPrepared = open.step === "leaving" || open.approved === "no-way-back";
  if (facts.current === storePath && isPrepared) {
    const change = { phase: "activating", step: "probing", bootId: facts.bootId } as const;
    return move(journal, open, { ...change, switchedBootMs: facts.bootMs }, "booted");
  }
  // Half way through a one-shot's preparation the new system is the default: that is taken back, not tried
  const code = open.step === "leaving" ? "boot-failed" : "power-lost";
  return undo(view, code, `${facts.current} was booted instead`);
}

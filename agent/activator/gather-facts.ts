import { instant, type OpenAttempt } from "../../src/contract/index.ts";
import type { Facts, Run, RunState } from "../decide/facts.ts";
import { attemptKey } from "../decide/trial-file.ts";
import type { Machine } from "../machine/machine.ts";
import type { HostMemory } from "./host-memory.ts";
import { readSession } from "./inbox.ts";
import type { ActivatorParts } from "./ports.ts";
import { readPostponement, untilOf } from "./postponement.ts";

/** What names a run's log and result: unique for attempt, verb and repetition. */
export const runKey = (open: Pick<OpenAttempt, "rollout" | "attempt">, run: Run): string =>
  `${attemptKey(open).replace("/", ".")}.${run.verb}.${run.count}`;

const BOOT_MAY_MOVE: readonly string[] = ["committing", "rebooting", "reverting"];
const NONE: RunState = { state: "none" };
/** After a trial has begun no guard is asked any more (DESIGN 7). */
const UNASKED: Facts["guards"] = {
  localMinute: 0,
  localDay: 0,
  isMetered: false,
  batteryPercent: null,
  sleepInhibitor: null,
  laterUntilBootMs: null,
};

/**
 * Reads reality (DESIGN 7: facts are never remembered). What no rule of the open phase looks at is not asked
 * for, because each question to systemd costs a process. What became of a switch is read first: what runs and which
 * units failed is then never older than its end, or a good switch would pass for one that lied.
 */
export async function gatherFacts(parts: ActivatorParts, memory: HostMemory): Promise<Facts> {
  const { machine, closures, places } = parts;
  const { open } = memory.journal;
  const phase = open?.phase ?? "idle";
  const isStaged = phase === "staged";
  const run = open?.run ? await machine.stateOf(runKey(open, open.run)) : NONE;
  const [bootId, bootMs, current, booted, profile, isClockSynchronised, trial, session] =
    await Promise.all([
      machine.bootId(),
      machine.bootMs(),
      machine.current(),
      machine.booted(),
      machine.profile(),
      machine.isClockSynchronised(),
      memory.trial(),
      readSession(places),
    ]);
  const isDeadmanAsked = trial !== null || !["idle", "staging", "staged"].includes(phase);
  const [isDeadmanArmed, areRootsHeld, failedUnits, isOwnSystem, guards] = await Promise.all([
    isDeadmanAsked ? machine.isDeadmanArmed() : false,
    open ? true : closures.areRootsHeld(),
    unitsIn(machine, phase),
    isOwn(parts, current),
    isStaged || phase === "staging" ? machine.guardFacts() : UNASKED,
  ]);
  const later = open && isStaged ? await laterOf(parts, open, bootId) : NOBODY_ASKED;
  const bootDefault = BOOT_MAY_MOVE.includes(phase) ? await machine.bootDefault() : null;
  const [isTargetHere, rebootReasons, bootRisk, otherAgents] =
    isStaged && open
      ? await Promise.all([
          closures.isHere(open.storePath),
          machine.rebootReasons(open.storePath),
          machine.bootRisk(),
          machine.otherAgents(),
        ])
      : ([false, [], "no-way-back", []] as const);
  return {
    ...{ now: instant(parts.now()), isClockSynchronised, bootId, bootMs, current, booted, profile },
    ...{ trial, isDeadmanArmed, run, failedUnits, isTargetHere, areRootsHeld, rebootReasons },
    ...{ bootDefault, bootRisk, otherAgents, session, isOwnSystem },
    ...{ guards: { ...guards, ...later.guard }, isNoticeDue: later.isDue },
  };
}

/** Before a trial, what no trial is to blame for; from then on what fails now. */
async function unitsIn(machine: Machine, phase: string): Promise<Facts["failedUnits"]> {
  if (phase === "staged") return machine.troubledUnits();
  return phase === "activating" || phase === "reverting" ? machine.failedUnits() : [];
}

const NOBODY_ASKED = { guard: {}, isDue: false } as const;

/** Off unless the host's configuration has a notice. */
async function laterOf(parts: ActivatorParts, open: OpenAttempt, bootId: Facts["bootId"]) {
  const notice = parts.limits.guards.laptop?.notice;
  if (!notice) return NOBODY_ASKED;
  const said = await readPostponement(parts, open);
  const isDue = !said?.isAnswered && (said?.laters ?? 0) < notice.most;
  return { guard: { laterUntilBootMs: untilOf(said, bootId) }, isDue };
}

/** A system that names no activator cannot be handed over to: a development host. */
async function isOwn(
  { closures, self }: ActivatorParts,
  current: Facts["current"],
): Promise<boolean> {
  if (self === null || current === null) return true;
  const named = await closures.activatorOf(current);
  return named === null || named === self;
}

import { join } from "node:path";
import {
  type ErrorCode,
  encodePayload,
  instant,
  NixwaveError,
  type OpenAttempt,
  type ProbeReport,
  ratchetAfterCommit,
  type Statement,
  type Trial,
} from "../../src/contract/index.ts";
import type { Action, SwitchOrder } from "../decide/action.ts";
import { isSameAttempt } from "../decide/journal-change.ts";
import { afterPull, type PullResult } from "../decide/next-stage.ts";
import { afterProbes, reverting } from "../decide/next-trial.ts";
import { agreeOnForm } from "./agree-on-form.ts";
import { ask } from "./ask.ts";
import { fetchWithSummary } from "./fetch-with-summary.ts";
import { followLog } from "./follow-log.ts";
import { runKey } from "./gather-facts.ts";
import { rangeOf } from "./memory-forms.ts";
import type { ActivatorParts, PullProgress } from "./ports.ts";
import type { Stage } from "./stage.ts";

export type Performed = null | "rebooting" | { readonly probes: readonly ProbeReport[] };

/** Does one action. Each is the same when taken twice; what it finds out goes into the journal by a pure function. */
export async function perform(stage: Stage, action: Action): Promise<Performed> {
  const { parts, memory } = stage;
  switch (action.do) {
    case "note":
      parts.say(action.said);
      memory.note(action.journal);
      return null;
    case "pull":
      return pull(stage);
    case "ask":
      return ask(stage, openOf(stage));
    case "arm":
      return arm(stage, action);
    case "write-trial":
      return writeTrial(stage, action.trial);
    case "disarm":
      await parts.machine.disarmDeadman();
      return null;
    case "start":
      return start(stage, action.order, action.limitMs);
    case "await":
      return awaitRun(stage);
    case "probe":
      return probe(stage, action.limitMs);
    case "set-profile":
      return setProfile(stage, action.path);
    case "commit":
      return commit(stage, action);
    case "tidy":
      return tidy(stage);
    case "reboot":
      return reboot(stage, action.once);
    case "rest":
    case "hand-over":
      return null;
  }
}

const openOf = ({ memory }: Stage): OpenAttempt => memory.journal.open as OpenAttempt;

async function pull(stage: Stage): Promise<null> {
  const { parts, memory, facts, signal } = stage;
  const open = openOf(stage);
  let result: PullResult;
  try {
    const summary = await fetchWithSummary(stage, open, progressWriter(parts, open));
    await agreeOnForm(stage, open.storePath);
    result = { isHere: true, summary };
  } catch (error) {
    if (signal.aborted) return null; // overtaken: the journal already says by what
    result = { isHere: false, ...said(error) };
    parts.say(`${result.code}: ${result.message}`);
  }
  const bootMs = await parts.machine.bootMs();
  const now = instant(parts.now());
  if (!memory.journal.open || !isSameAttempt(memory.journal.open, open)) return null;
  memory.note(afterPull(memory.journal, result, { ...facts, now, bootMs }));
  return null;
}

const said = (error: unknown): { code: ErrorCode; message: string } =>
  error instanceof NixwaveError
    ? { code: error.code, message: error.message }
    : { code: "internal-error", message: error instanceof Error ? error.message : String(error) };

const PROGRESS_EVERY_MS = 500;

/** At most two a second (DESIGN 5); a reader finds the old file or the new one. */
function progressWriter({ files, places, now }: ActivatorParts, open: OpenAttempt) {
  let last = 0;
  let writing: Promise<void> = Promise.resolve();
  return (progress: PullProgress): void => {
    if (now() - last < PROGRESS_EVERY_MS) return;
    last = now();
    const { rollout, attempt, phase } = open;
    const bytes = encodePayload("progress", { v: 1, rollout, attempt, phase, ...progress });
    const fresh = `${places.progress}.new`;
    writing = writing.then(
      async () => {
        await files.write(fresh, bytes);
        await files.permit(fresh, 0o644, null);
        await files.rename(fresh, places.progress);
      },
      () => undefined,
    );
  };
}

/**
 * No deadman, no trial: what cannot be armed ends the attempt before anything is touched. The roots of the stage hold what
 * ran then; a person may have switched since, and what runs now is the way back. On that way they are held already, and
 * a root that cannot be made must not stand in it.
 */
async function arm(stage: Stage, { trial }: Extract<Action, { do: "arm" }>): Promise<null> {
  const { parts, memory } = stage;
  const { open } = memory.journal;
  const isWayBack = !open || open.phase === "reverting";
  try {
    if (!isWayBack) await parts.closures.hold({ storePath: trial.target, running: trial.prev });
    await memory.keepTrial(trial);
    await parts.machine.armDeadman({ command: parts.deadmanCommand, trial });
    if (await parts.machine.isDeadmanArmed()) return null;
    throw new NixwaveError("deadman-not-armed", "its timer does not wait");
  } catch (error) {
    if (isWayBack) throw error; // it goes on; systemd starts us again
    const { message } = said(error);
    const isTouched = open.step !== "arming";
    const why = { code: "deadman-not-armed", message, isTouched } as const;
    await memory.keepJournal(reverting(memory.journal, open, why));
    return null;
  }
}

/**
 * Before a reboot nobody arms anything in this boot, so this is the moment for the roots: in the next boot the way back is
 * no running system any more, and a person's own (`nixos-rebuild test`) has no generation either.
 */
async function writeTrial({ parts, memory }: Stage, trial: Trial): Promise<null> {
  const { open } = memory.journal;
  if (open && trial.phase === "rebooting") {
    try {
      await parts.closures.hold({ storePath: trial.target, running: trial.prev });
    } catch (error) {
      const { message } = said(error);
      const why = { code: "deadman-not-armed", message, isTouched: false } as const;
      await memory.keepJournal(reverting(memory.journal, open, why));
      return null;
    }
  }
  await memory.keepTrial(trial);
  return null;
}

async function start(stage: Stage, order: SwitchOrder, limitMs: number): Promise<null> {
  const { parts } = stage;
  const key = runKey(openOf(stage), order.run);
  parts.say(`${order.system}/bin/switch-to-configuration ${order.verb} (${key})`);
  await parts.machine.start({ ...order, key, limitMs });
  await Promise.all([stage.report(), awaitKey(stage, key)]);
  return null;
}

async function awaitRun(stage: Stage): Promise<null> {
  const open = openOf(stage);
  return open.run ? awaitKey(stage, runKey(open, open.run)) : null;
}

async function awaitKey({ parts }: Stage, key: string): Promise<null> {
  const { places, reportGroupId } = parts;
  const stop = followLog(join(places.switches, `${key}.log`), places.log, reportGroupId);
  try {
    await parts.machine.ended(key);
  } finally {
    await stop();
  }
  return null;
}

async function probe(stage: Stage, limitMs: number): Promise<Performed> {
  const { parts, memory, signal } = stage;
  const verdict = await parts.probe(limitMs, signal);
  if (!signal.aborted) await memory.keepJournal(afterProbes(memory.journal, verdict));
  return { probes: verdict.probes };
}

/** A profile that cannot be set ends a commit as a boot loader that cannot be written does: everything back. */
async function setProfile(stage: Stage, path: OpenAttempt["storePath"]): Promise<null> {
  const { parts, memory } = stage;
  try {
    await parts.closures.setProfile(path);
  } catch (error) {
    const open = openOf(stage);
    if (open.phase === "reverting") throw error;
    const { message } = said(error);
    const why = { code: "bootloader-failed", message, isTouched: true } as const;
    await memory.keepJournal(reverting(memory.journal, open, why));
  }
  return null;
}

/** Only a commit raises the ratchet (DESIGN 6); the journal after it, so that a repeat raises it again. */
async function commit({ memory, parts }: Stage, action: Extract<Action, { do: "commit" }>) {
  const open = memory.journal.open as OpenAttempt;
  const statement = { serial: open.serial, minSerial: open.minSerial ?? 0 } as Statement;
  await memory.keepRatchet(
    ratchetAfterCommit(memory.ratchet, { statement, digest: open.statement }),
  );
  await memory.keepJournal(action.journal);
  parts.say("succeeded");
  return null;
}

async function tidy({ parts, memory, facts }: Stage): Promise<null> {
  await parts.machine.disarmDeadman();
  const standing = memory.journal.committed.at(-1)?.storePath;
  const isStanding = facts.current === standing && facts.profile === standing;
  if (isStanding && facts.isOwnSystem) await memory.useForm(rangeOf(memory.forms).to);
  await parts.machine.forgetBootOnce();
  await memory.removeTrial();
  await parts.closures.dropRoots();
  return null;
}

async function reboot({ parts, memory }: Stage, once: OpenAttempt["storePath"] | null) {
  try {
    if (once !== null) await parts.machine.bootOnce(once);
  } catch (error) {
    const why = {
      code: "bootloader-failed",
      message: said(error).message,
      isTouched: true,
    } as const;
    await memory.keepJournal(reverting(memory.journal, memory.journal.open as OpenAttempt, why));
    return null;
  }
  await parts.machine.reboot();
  return "rebooting" as const;
}

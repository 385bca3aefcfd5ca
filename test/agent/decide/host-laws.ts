import { isDeepStrictEqual } from "node:util";
import type { Action } from "../../../agent/decide/action.ts";
import type { OpenAttempt, StorePath, Trial } from "../../../src/contract/index.ts";
import { EMPTY_JOURNAL } from "../../support/contract-builders.ts";
import { LAST_BOOT, LEASE_MS, NEW, OLD, trialOf } from "./host-view.ts";
import type { Cell } from "./law-cells.ts";

/** Whether a law holds of what is done in a cell. Written from DESIGN 7, not from the rules themselves. */
type Law = (cell: Cell, action: Action) => boolean;

const isOurs = (trial: Trial | null): trial is Trial => trial?.attempt === trialOf().attempt;
const isUntouched = ({ phase }: OpenAttempt): boolean => phase === "staging" || phase === "staged";
const starts = (action: Action, verb: "test" | "boot", system: StorePath): boolean =>
  action.do === "start" && action.order.verb === verb && action.order.system === system;
const openAfter = (action: Action): OpenAttempt | null =>
  action.do === "note" ? action.journal.open : null;
const outcomeOf = (action: Action): string | undefined =>
  action.do === "note" && action.journal.open === null
    ? action.journal.closed.at(-1)?.outcome.code
    : undefined;
const isForeign = ({ open, facts }: Cell): boolean =>
  ![open.previous, open.storePath, open.profileBefore].includes(facts.current);

const OF_A_TRIAL = ["session-too-old", "switch-locked"];

export const LAWS: Readonly<Record<string, Law>> = {
  "no switch into the target without an armed deadman of this boot": ({ facts }, action) =>
    !starts(action, "test", NEW) ||
    (facts.isDeadmanArmed &&
      isOurs(facts.trial) &&
      facts.trial.phase === "armed" &&
      facts.trial.bootId === facts.bootId),

  "no trial begins over one of this boot that is still open, known or not": ({ facts }, action) => {
    const begins = ["activating", "rebooting"].includes(openAfter(action)?.phase ?? "");
    const { trial, bootId } = facts;
    const isLive = trial && ["armed", "in-trial", "reverting", "recovering"].includes(trial.phase);
    const isOthers = isLive && trial.bootId === bootId && !isOurs(trial);
    return !(begins && isOthers && openAfter(action)?.step === "arming");
  },

  "a commit moves profile and boot default only after trial.v1 says committing": (cell, action) => {
    const moves =
      starts(action, "boot", NEW) || (action.do === "set-profile" && action.path === NEW);
    const { open, facts } = cell;
    if (!moves || open.phase !== "committing") return true;
    return isOurs(facts.trial) && facts.trial.phase === "committing";
  },

  "profile and boot default go to the target only in a commit or a reboot's preparation": (
    { open },
    action,
  ) =>
    !(starts(action, "boot", NEW) || (action.do === "set-profile" && action.path === NEW)) ||
    open.phase === "committing" ||
    (open.phase === "rebooting" && open.step !== "undoing"),

  "nothing is touched where a person runs something else": (cell, action) =>
    !isForeign(cell) ||
    cell.facts.run.state === "running" ||
    isUntouched(cell.open) ||
    ["rest", "tidy", "note", "disarm"].includes(action.do),

  "a way back leads to what ran before, never elsewhere": ({ open }, action) => {
    if (open.phase !== "reverting") return true;
    if (action.do === "start" && action.order.verb === "test") return action.order.system === OLD;
    const before = [open.profileBefore, open.previous];
    if (action.do === "start") return before.includes(action.order.system);
    return action.do !== "set-profile" || before.includes(action.path);
  },

  "a revert that was asked for leads to no commit": ({ open }, action) =>
    open.goal !== "revert" ||
    open.phase === "committing" ||
    (action.do !== "commit" && openAfter(action)?.phase !== "committing"),

  "a trial is kept only on an order in time, over a fresh session or from root, by the new system":
    ({ open, facts }, action) => {
      if (open.phase === "committing" || openAfter(action)?.phase !== "committing") return true;
      const { session } = facts;
      const isFresh = session !== null && session.openedBootMs >= (open.switchedBootMs ?? 0);
      const isAsked = open.goal === "commit" && (open.origin === "person" || isFresh);
      const isInTime = facts.bootMs < (open.switchedBootMs ?? 0) + LEASE_MS;
      return open.phase === "in-trial" && isAsked && isInTime && facts.isOwnSystem;
    },

  "a commit ends only where the target runs, boots, and its boot entry was written": (
    { open, facts },
    action,
  ) =>
    action.do !== "commit" ||
    (open.phase === "committing" &&
      facts.current === NEW &&
      facts.profile === NEW &&
      facts.bootDefault !== OLD &&
      isDeepStrictEqual(facts.run, {
        ...{ state: "ended", output: "" },
        end: { kind: "exited", status: 0 },
      })),

  "guards and pauses hold back only what has touched nothing": ({ open }, action) =>
    action.do !== "rest" ||
    action.waiting === null ||
    isUntouched(open) ||
    OF_A_TRIAL.includes(action.waiting.code),

  "a reboot is written down before it is made": ({ open }, action) =>
    action.do !== "reboot" || open.step === "recovering" || open.step === "leaving",

  "only a prepared one-shot names the next boot": ({ open }, action) =>
    action.do !== "reboot" ||
    action.once === null ||
    (open.phase === "rebooting" && open.approved === "one-shot" && action.once === NEW),

  "every note changes the journal": ({ open }, action) =>
    action.do !== "note" || !isDeepStrictEqual(action.journal, { ...EMPTY_JOURNAL, open }),

  "a host that says rolled back runs what it ran before": ({ open, facts }, action) =>
    outcomeOf(action) !== "rolled-back" ||
    (facts.current !== null && [open.previous, open.profileBefore].includes(facts.current)),

  "a host says rolled back only where nothing unconfirmed is known to boot next": (
    { open, facts },
    action,
  ) =>
    outcomeOf(action) !== "rolled-back" ||
    open.cause?.code !== "boot-default-unsure" ||
    facts.bootDefault === OLD ||
    (facts.bootDefault === null && facts.booted === OLD && open.step === "recovering"),

  "a try that another switch kept out is no try": ({ open, facts, limits }, action) => {
    const { run } = facts;
    const isKeptOut = run.state === "ended" && run.end.kind === "exited" && run.end.status === 11;
    const isBooting = open.phase === "committing" && open.step === "booting";
    if (!isKeptOut || !isBooting || action.do !== "note") return true;
    const isPatient = ((open.run?.count ?? 1) % 250) * 10_000 < limits.switchLimitMs;
    return !isPatient || action.journal.open?.cause?.code !== "bootloader-failed";
  },

  "nothing succeeds but by a commit": (_cell, action) => outcomeOf(action) !== "succeeded",

  "a host is locked exactly when it says inconsistent": (_cell, action) =>
    action.do !== "note" ||
    (outcomeOf(action) === "inconsistent") === (action.journal.locked !== undefined),

  "trial.v1 names this attempt, its way back and its boot": ({ facts }, action) => {
    if (action.do !== "arm" && action.do !== "write-trial") return true;
    const { trial } = action;
    const isNamed = isOurs(trial) && trial.prev === OLD && trial.target === NEW;
    const isBoots = trial.bootId === facts.bootId || trial.bootId === LAST_BOOT;
    return isNamed && (action.do === "arm" ? trial.bootId === facts.bootId : isBoots);
  },

  "what the deadman returned from is not lived in again": ({ open, facts }, action) => {
    const { trial } = facts;
    const isReturned = isOurs(trial) && trial.phase === "reverted" && trial.bootId === facts.bootId;
    // a reboot's preparation has no deadman to return from it
    if (!isReturned || open.bootId !== facts.bootId || open.phase === "rebooting") return true;
    return !starts(action, "test", NEW) && !starts(action, "boot", NEW) && action.do !== "commit";
  },

  "probes run only in time, and by the new system's own program": ({ open, facts }, action) =>
    action.do !== "probe" ||
    (open.phase === "activating" &&
      facts.isOwnSystem &&
      action.limitMs > 0 &&
      facts.bootMs < (open.switchedBootMs ?? 0) + LEASE_MS),
};

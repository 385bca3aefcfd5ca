import type { Action, Limits } from "../../../agent/decide/action.ts";
import type { Facts, GuardFacts } from "../../../agent/decide/facts.ts";
import { DEFAULT_GUARDS } from "../../../agent/decide/guards.ts";
import { nextAction } from "../../../agent/decide/next-action.ts";
import type { Journal, OpenAttempt } from "../../../src/contract/index.ts";
import { EMPTY_JOURNAL } from "../../support/contract-builders.ts";
import { factsOf, limits, OLD, openOf } from "./host-view.ts";

export const LAPTOP = { ...DEFAULT_GUARDS, laptop: { minBatteryPercent: 30 } };
/** What an attempt has before anything is touched. */
export const fresh = ({ ...differences }: Partial<OpenAttempt>): OpenAttempt => {
  const { profileBefore: _p, bootId: _b, switchedBootMs: _s, ...open } = openOf(differences);
  return { ...open, ...differences };
};
export const guarded = (guards: Partial<GuardFacts>): Partial<Facts> => ({
  guards: { ...factsOf().guards, ...guards },
});

export interface Case {
  readonly open?: Partial<OpenAttempt>;
  readonly facts?: Partial<Facts>;
  readonly limits?: Partial<Limits>;
  readonly journal?: Partial<Journal>;
}
const ofPhase =
  (phase: "staging" | "staged") =>
  ({ open, facts, limits: more, journal }: Case = {}): Action =>
    nextAction(
      { ...EMPTY_JOURNAL, open: fresh({ phase, ...open }), ...journal },
      factsOf({ current: OLD, trial: null, isDeadmanArmed: false, ...facts }),
      { ...limits, ...more },
    );
export const staging = ofPhase("staging");
export const staged = ofPhase("staged");
export const ended = (action: Action) =>
  action.do === "note" && action.journal.open === null
    ? action.journal.closed.at(-1)?.outcome
    : action;

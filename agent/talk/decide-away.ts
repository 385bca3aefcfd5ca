import type { EpochMs } from "../../src/contract/index.ts";

export type AwayWord = "gone" | "back";

/** What one witness knows of one host, and what it told the server elsewhere. Moments are monotonic, in ms. */
export interface AwayState {
  /** On the clock, for people; null: this agent has not reached it yet. */
  readonly reachedAt: EpochMs | null;
  /** When the first round ended that did not reach it; null while it is reached. */
  readonly missedFromMs: number | null;
  /** `perhaps`: a try ended without an answer, and the server may have taken it. */
  readonly told: "nothing" | "perhaps" | "gone";
  /** Counts on with each word of "gone", so that every outage is one notification. */
  readonly outage: number;
  readonly errand: Errand | null;
  readonly isPosting: boolean;
}

/** A word that the server elsewhere is to hear. */
interface Errand {
  readonly word: AwayWord;
  readonly sinceMs: number;
  readonly tries: number;
  readonly notBeforeMs: number;
  /** It was given up. */
  readonly isOver: boolean;
}

export interface WitnessRound {
  /** Null: the round saw nothing, which is no evidence. */
  readonly isReached: boolean | null;
  readonly at: EpochMs;
  readonly nowMs: number;
}

/** How one try to tell it ended. */
export type AwayAnswer =
  | { readonly kind: "sent" | "refused" }
  | { readonly kind: "later"; readonly isPerhapsTaken: boolean; readonly afterMs: number | null };

export const NOTHING_SEEN: AwayState = {
  ...{ reachedAt: null, missedFromMs: null, told: "nothing", outage: 0 },
  ...{ errand: null, isPosting: false },
};

const FIRST_REST_MS = 5000;
const LONGEST_REST_MS = 300_000;
/** What nobody could be told for half a day is no news (as the hub's own post box has it). */
const PATIENCE_MS = 12 * 3_600_000;

/**
 * What a round of a witness means for people far away (DESIGN 7, witness). A try follows a round at once and never a
 * timer: a witness that was itself cut off must not tell, when it is online again, what it last saw before. Pure.
 * @returns what is to be posted now, if anything
 */
export function afterRound(
  before: AwayState,
  { isReached, at, nowMs }: WitnessRound,
  afterMs: number,
): { readonly state: AwayState; readonly post: AwayWord | null } {
  if (isReached === null) return { state: before, post: null };
  const seen = isReached
    ? { ...before, reachedAt: at, missedFromMs: null }
    : { ...before, missedFromMs: before.missedFromMs ?? nowMs };
  const errand = errandFor(wordFor(seen, nowMs, afterMs), seen.errand, nowMs);
  const state = { ...seen, errand };
  if (!errand || errand.isOver || state.isPosting || nowMs < errand.notBeforeMs) {
    return { state, post: null };
  }
  const isNewOutage = errand.word === "gone" && state.told === "nothing" && errand.tries === 0;
  const outage = state.outage + (isNewOutage ? 1 : 0);
  return { state: { ...state, outage, isPosting: true }, post: errand.word };
}

/** What that server made of a word. Pure. */
export function afterAnswer(
  before: AwayState,
  word: AwayWord,
  answer: AwayAnswer,
  nowMs: number,
): AwayState {
  const state = { ...before, isPosting: false };
  const own = state.errand?.word === word ? state.errand : null;
  if (answer.kind === "sent") {
    return {
      ...state,
      told: word === "gone" ? "gone" : "nothing",
      errand: own ? null : state.errand,
    };
  }
  const isOver = answer.kind === "refused" || (own !== null && nowMs - own.sinceMs >= PATIENCE_MS);
  const errand = own ? { ...triedAgain(own, answer, nowMs), isOver } : state.errand;
  // A "back" that nobody takes must not keep the next outage untold.
  if (word === "back") return { ...state, errand, told: isOver ? "nothing" : state.told };
  const isUnsure = answer.kind === "later" && answer.isPerhapsTaken && state.told === "nothing";
  return { ...state, errand, told: isUnsure ? "perhaps" : state.told };
}

/** It was reached by this agent before: a probe that never worked is a slip in the configuration, no outage. */
function wordFor(state: AwayState, nowMs: number, afterMs: number): AwayWord | null {
  const { missedFromMs, reachedAt, told } = state;
  if (missedFromMs === null) return told === "nothing" ? null : "back";
  const isMissed = reachedAt !== null && nowMs - missedFromMs > afterMs;
  return isMissed && told !== "gone" ? "gone" : null;
}

function errandFor(word: AwayWord | null, old: Errand | null, nowMs: number): Errand | null {
  if (word === null || old?.word === word) return word && old;
  return { word, sinceMs: nowMs, tries: 0, notBeforeMs: nowMs, isOver: false };
}

function triedAgain(errand: Errand, answer: AwayAnswer, nowMs: number): Errand {
  const doubled = FIRST_REST_MS * 2 ** Math.min(errand.tries, 20);
  const asked = answer.kind === "later" ? answer.afterMs : null;
  const restMs = Math.min(asked ?? doubled, LONGEST_REST_MS);
  return { ...errand, tries: errand.tries + 1, notBeforeMs: nowMs + restMs };
}

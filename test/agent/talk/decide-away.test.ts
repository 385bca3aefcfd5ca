import { describe, expect, it } from "vitest";
import {
  type AwayAnswer,
  afterAnswer,
  afterRound,
  NOTHING_SEEN,
} from "../../../agent/talk/decide-away.ts";
import { instant } from "../../../src/contract/index.ts";

const MINUTE = 60_000;
const AFTER_MS = 20 * MINUTE;

const SENT: AwayAnswer = { kind: "sent" };
const REFUSED: AwayAnswer = { kind: "refused" };
const UNHEARD: AwayAnswer = { kind: "later", isPerhapsTaken: false, afterMs: null };
const UNSURE: AwayAnswer = { kind: "later", isPerhapsTaken: true, afterMs: null };
const BUSY: AwayAnswer = { kind: "later", isPerhapsTaken: false, afterMs: 3 * MINUTE };

/** One round a minute: `+` reached, `-` missed, `?` saw nothing; a number repeats what follows it. */
function roundsOf(written: string): readonly string[] {
  return [...written.matchAll(/(\d*)([-+?])/g)].flatMap(([, times, seen = ""]) =>
    Array<string>(Number(times || 1)).fill(seen),
  );
}

const SEEN: Readonly<Record<string, boolean | null>> = { "+": true, "-": false, "?": null };

/** @returns what was posted: minute, word, and the number of the outage */
function posted(written: string, answers: readonly (AwayAnswer | null)[]): readonly string[] {
  let state = NOTHING_SEEN;
  const said: string[] = [];
  for (const [minute, seen] of roundsOf(written).entries()) {
    const nowMs = minute * MINUTE;
    const round = { isReached: SEEN[seen] ?? null, at: instant(nowMs), nowMs };
    const next = afterRound(state, round, AFTER_MS);
    state = next.state;
    if (next.post === null) continue;
    const answer = said.length < answers.length ? answers[said.length] : SENT;
    said.push(`${minute} ${next.post} ${state.outage}`);
    if (answer) state = afterAnswer(state, next.post, answer, nowMs);
  }
  return said;
}

describe("a witness of a host that stays away", () => {
  it.each<[string, string, readonly (AwayAnswer | null)[], readonly string[]]>([
    ["tells nobody as long as it is reached", "90+", [], []],
    ["tells nobody of less than the bound", "+20-+", [], []],
    ["tells once, however long it lasts", "+200-", [], ["22 gone 1"]],
    ["tells that it is back", "+30-5+", [], ["22 gone 1", "31 back 1"]],
    [
      "tells the next outage as one of its own",
      "+30-5+30-",
      [],
      ["22 gone 1", "31 back 1", "57 gone 2"],
    ],
    ["begins to count anew when it was reached in between", "+15-+15-", [], []],
    ["tells nobody of a host that it has never reached", "90-", [], []],
    ["takes a round that saw nothing for no evidence", "+90?", [], []],
    ["does not forget an outage over rounds that saw nothing", "+10-10?5-", [], ["22 gone 1"]],
    [
      "tries again with longer and longer pauses, five minutes at most",
      "+40-",
      Array(6).fill(UNHEARD),
      // after 5, 10, 20 and 40 s the next round comes first; then 80 s, 160 s
      ["22", "23", "24", "25", "26", "28", "31"].map((minute) => `${minute} gone 1`),
    ],
    ["waits as long as that server asks for", "+30-", [BUSY], ["22 gone 1", "25 gone 1"]],
    [
      "says nothing of what nobody heard of and is over",
      "+25-5+",
      Array(9).fill(UNHEARD),
      ["22", "23", "24", "25"].map((minute) => `${minute} gone 1`),
    ],
    [
      "says that it is back where that server may have heard of it",
      "+22-5+",
      [UNSURE],
      ["22 gone 1", "23 back 1"],
    ],
    [
      "keeps to one notification where that server may have heard of it",
      "+24-5+",
      [UNSURE],
      ["22 gone 1", "23 gone 1", "25 back 1"],
    ],
    [
      "tells no second outage while the first still stands there",
      "+22-2+30-",
      Array(9).fill(SENT).fill(UNHEARD, 1),
      ["22 gone 1", "23 back 1", "24 back 1"],
    ],
    [
      "tells the next outage although nobody took that the first was over",
      "+22-5+30-",
      [SENT, REFUSED],
      ["22 gone 1", "23 back 1", "49 gone 2"],
    ],
    ["tries no more what that server cannot take", "+90-5+", [REFUSED], ["22 gone 1"]],
    ["waits for the answer of a try that is under way", "+90-", [null], ["22 gone 1"]],
  ])("%s", (_name, rounds, answers, expected) => {
    expect(posted(rounds, answers)).toEqual(expected);
  });

  it("gives up what nobody takes for half a day", () => {
    const said = posted("+2000-5+", Array<AwayAnswer>(2000).fill(UNHEARD));
    // From minute 22 on; the try that finds the half day over is the last.
    expect(said.at(-1)).toBe("746 gone 1");
  });
});

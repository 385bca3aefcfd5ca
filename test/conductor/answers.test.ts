import { describe, expect, it } from "vitest";
import { answerTo } from "../../src/conductor/answers.ts";
import type { Asked, Verb } from "../../src/conductor/conductor.ts";
import { parseHoldSource } from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { newRolloutState, type RolloutState } from "../../src/rollout/index.ts";
import { at } from "../support/contract-builders.ts";
import { planWith, rp4 } from "./played-home.ts";

const state = newRolloutState(planWith({}), at(0));
const zone = parseTimeZone("UTC");
const HOUR_MS = 3_600_000;
const told = (
  asked: Partial<Asked> & { readonly verb: Verb },
  now: object = {},
  language: "en" | "de" = "en",
): string => {
  const whole: Asked = { by: "anna", host: null, ...asked };
  return answerTo(whole, { ...state, ...now } as RolloutState, at(0), { language, zone }).message;
};
const hold = (host: string | null, untilMs: number | null) => ({
  holds: [
    {
      ...{ source: parseHoldSource("wall"), host, since: at(0) },
      ...{ until: untilMs === null ? null : at(untilMs), remindAt: at(0) },
    },
  ],
});

describe("an answer says what happens now", () => {
  it.each([
    ["approve", "It goes on.", "rp4 goes on."],
    ["skip", "It goes on without that host.", "It goes on without rp4."],
    ["retry", "What did not do well is tried again.", "rp4 is tried again."],
    ["rollback", "Every host returns to what it had before.", "rp4 returns to what it had before."],
    ["promote", "It keeps its new system.", "rp4 keeps its new system."],
  ] as const)("%s", (verb, forAll, forOne) => {
    expect(told({ verb })).toBe(forAll);
    expect(told({ verb, host: rp4 })).toBe(forOne);
  });

  it.each([
    ["approve", "Es geht weiter.", "rp4 macht weiter."],
    ["skip", "Es geht ohne diesen Rechner weiter.", "Es geht ohne rp4 weiter."],
    ["retry", "Was nicht gut ausging wird noch einmal versucht.", "rp4 wird noch einmal versucht."],
    [
      "rollback",
      "Jeder Rechner kehrt zu dem zurück, was er vorher hatte.",
      "rp4 kehrt zu dem zurück, was er vorher hatte.",
    ],
    ["promote", "Er behält sein neues System.", "rp4 behält sein neues System."],
  ] as const)("%s, in German", (verb, forAll, forOne) => {
    expect(told({ verb }, {}, "de")).toBe(forAll);
    expect(told({ verb, host: rp4 }, {}, "de")).toBe(forOne);
  });

  it("of a hold when it ends, and of whom it holds", () => {
    const verb = "hold";
    expect(told({ verb }, hold(null, HOUR_MS))).toMatch(
      /^Everything is held until .*:00\. Nothing/,
    );
    expect(told({ verb, host: rp4 }, hold(rp4, null))).toMatch(/^rp4 is held until somebody says/);
    expect(told({ verb }, hold(null, HOUR_MS), "de")).toMatch(/^Alles ist angehalten bis/);
  });

  it("of a resume who still holds", () => {
    expect(told({ verb: "resume" })).toBe("Nothing is held any more.");
    expect(told({ verb: "resume" }, hold(null, null))).toBe(
      "That hold is gone; still held by wall.",
    );
    expect(told({ verb: "resume" }, hold(null, null), "de")).toMatch(/noch angehalten von wall/);
  });

  it("of a deploy what still keeps it waiting", () => {
    const rollout = { phase: "Progressing", paused: [{ condition: "Held" }] };
    expect(told({ verb: "deploy" })).toBe("It begins now.");
    expect(told({ verb: "deploy" }, { rollout, next: {} })).toBe(
      "Taken. The rollout under way finishes first.",
    );
    expect(told({ verb: "deploy" }, { next: { settledAt: at(HOUR_MS) } })).toMatch(
      /^Taken\. It begins at .*:00, unless a newer release comes/,
    );
    expect(told({ verb: "deploy" }, { next: { settledAt: at(HOUR_MS) } }, "de")).toMatch(
      /^Angenommen\. Es beginnt um /,
    );
    expect(told({ verb: "deploy" }, { rollout })).toMatch(/^Taken\. It still waits: /);
    expect(told({ verb: "deploy" }, { rollout: { ...rollout, phase: "Completed" } })).toBe(
      "It begins now.",
    );
  });

  it("of an abort and an unfence, and that a fenced hub orders nothing whatever was taken", () => {
    const fenced = { fenced: { instance: "x", since: at(0) } };
    expect(told({ verb: "abort" })).toBe(
      "Nothing new begins; trials under way return. Nothing is in trial.",
    );
    expect(told({ verb: "unfence" }, fenced)).toBe("This hub orders again. Stop the other one.");
    expect(told({ verb: "unfence" }, fenced, "de")).toMatch(/^Dieser Hub ordnet wieder an/);
    expect(told({ verb: "approve" }, fenced)).toMatch(
      /But a second hub is here: nothing is ordered/,
    );
    expect(told({ verb: "approve" }, fenced, "de")).toMatch(/Aber ein zweiter Hub ist hier/);
  });
});

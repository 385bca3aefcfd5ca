import { expect, it } from "vitest";
import { awayMessage } from "../../../agent/talk/away-message.ts";
import { awayNotice, ntfyMessage } from "../../../src/people/index.ts";
import { BERLIN } from "../../people/scenes.ts";
import { NOON } from "../../support/contract-builders.ts";

const SEQUENCE = "5f3a-0-1";

/** The hub's own, as its node sends it. */
const ofTheHub = (word: "gone" | "back", language: "en" | "de") => {
  const notice = awayNotice(SEQUENCE, word, NOON, { language, zone: BERLIN });
  const { actions: _none, ...message } = ntfyMessage(notice, "chance", null, () => null);
  return message;
};
const ofTheWitness = (word: "gone" | "back", language: "en" | "de", timeZone: string | null) =>
  awayMessage(
    word,
    { topic: "chance", language },
    { sequence: SEQUENCE, reachedAt: NOON, timeZone },
  );

const withoutItsFirstSentence = ({ message, ...rest }: { readonly message: string }) => ({
  ...rest,
  message: message.slice(message.indexOf(". ")),
});

it.each(["en", "de"] as const)("a witness says in %s what the hub itself says", (language) => {
  expect(ofTheWitness("back", language, BERLIN)).toEqual(ofTheHub("back", language));
  // Whether that machine was being renewed no witness knows.
  expect(withoutItsFirstSentence(ofTheWitness("gone", language, BERLIN))).toEqual(
    withoutItsFirstSentence(ofTheHub("gone", language)),
  );
});

it("a witness says when the machine was reached last, on the clock of its home", () => {
  expect(ofTheWitness("gone", "en", BERLIN).message).toContain("was last reached at 14:00. Look");
  expect(ofTheWitness("gone", "de", "UTC").message).toContain(
    "zuletzt um 12:00 zu erreichen. Sieh",
  );
  expect(ofTheWitness("gone", "en", null).message).toMatch(/reached at \d\d:\d\d\. /);
});

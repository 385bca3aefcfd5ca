import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { whyText } from "../../src/people/index.ts";
import { PHRASES } from "../../src/people/phrases.ts";
import { CATALOGUES } from "../../src/people/say.ts";

const ROLLOUT = join(import.meta.dirname, "..", "..", "src", "rollout");
const source = readdirSync(ROLLOUT)
  .map((name) => readFileSync(join(ROLLOUT, name), "utf8"))
  .join("\n");

describe("what a rollout writes down as a reason", () => {
  test.each(Object.keys(PHRASES))("%s: stands so in its source", (phrase) => {
    const pieces = phrase.split(/\{\w+\}(?:: )?/).filter((piece) => piece.trim().length > 3);
    expect(pieces.length).toBeGreaterThan(0);
    for (const piece of phrase === "stopped at the last gate" ? ["the last gate"] : pieces) {
      expect([piece, source.includes(piece)]).toEqual([piece, true]);
    }
  });

  test("has words in both languages, and each of them is used", () => {
    const said = Object.keys(CATALOGUES.en).filter((key) => key.startsWith("said."));
    const used = new Set<string>([...Object.values(PHRASES), "said.hostEnded"]);
    expect(said.filter((key) => !used.has(key))).toEqual([]);
  });

  test.each([
    ["it was not there", "It was not there.", "Er war nicht da."],
    ["stopped by anna", "Stopped by anna.", "Beendet von anna."],
    [
      "stopped at the last gate",
      "Stopped by the last look at the house.",
      "Beendet nach dem letzten Blick auf das Haus.",
    ],
    [
      "another hub (11111111-1111-4111-8111-111111111111) orders these hosts",
      "Another hub orders these hosts.",
      "Ein anderer Hub gibt diesen Hosts Anweisungen.",
    ],
    ["rp4: has not been heard of", "rp4 has not been heard of.", "Von rp4 ist nichts zu hören."],
    [
      "rp4: Failed, disk-full: none left",
      "rp4: The host's disk is full. none left",
      "rp4: Der Datenträger des Hosts ist voll. none left",
    ],
    ["rp4: NeedsReboot", "rp4: needs a reboot", "rp4: braucht einen Neustart"],
    [
      "waits for an approval of servers",
      "Waits for an approval of servers.",
      "Wartet auf Zustimmung für servers.",
    ],
    [
      `it reported succeeded, but runs /nix/store/${"0".repeat(32)}-nixos`,
      "It reported succeeded, but runs something else.",
      "Er hat succeeded gemeldet, aber auf ihm läuft etwas anderes.",
    ],
  ])("%s", (why, english, german) => {
    expect(whyText(why, "en")).toBe(english);
    expect(whyText(why, "de")).toBe(german);
  });
});

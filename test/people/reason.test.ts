import { expect, test } from "vitest";
import { verdictReason, verdictText, whyText } from "../../src/people/index.ts";
import { sample, verdictOf } from "./scenes.ts";

test("a reason with a code is said in words first, then what the machine said", () => {
  expect(whyText("disk-full: No space left on device", "en")).toBe(
    "The host's disk is full. No space left on device",
  );
  expect(whyText("disk-full: No space left on device", "de")).toBe(
    "Der Datenträger des Hosts ist voll. No space left on device",
  );
  expect(whyText("lease-expired", "de")).toBe("Niemand hat den Probelauf rechtzeitig bestätigt.");
});

test("a code that is no matter for screens is named", () => {
  expect(whyText("editor-port-taken: 1880", "en")).toBe(
    "Something went wrong (editor-port-taken). 1880",
  );
});

test("a reason without a code stays what the machine said", () => {
  expect(whyText("the cat sits on it", "de")).toBe("the cat sits on it");
  expect(whyText("away", "en")).toBe("away");
  expect(whyText("constructor: what", "en")).toBe("constructor: what");
  expect(whyText("", "en")).toBe("");
});

test("a verdict names the row at fault and its newest faulty reading", () => {
  expect(verdictReason(verdictOf(), "en")).toBe("living room: 17.5 is beyond its limit.");
  expect(verdictReason(verdictOf(), "de")).toBe("living room: 17,5 ist jenseits der Grenze.");
  expect(verdictText(verdictOf(), "en")).toBe(
    "living room: 17.5 is beyond its limit. The house is not healthy.",
  );
});

test("without a faulty reading the newest is shown, without any that there was none", () => {
  const reason = { code: "stuck", row: "cellar", text: "" } as const;
  const healthy = [sample("cellar", "11", "Successful"), sample("cellar", "on", "Successful")];
  expect(verdictReason(verdictOf({ reason, samples: healthy }), "en")).toBe(
    "cellar: on has not moved for too long.",
  );
  expect(verdictReason(verdictOf({ reason, samples: [] }), "de")).toBe(
    "cellar: nichts hat sich zu lange nicht bewegt.",
  );
});

test("a gate as a whole is called the house, and one that only watches says so", () => {
  const reason = { code: "timed-out", row: "", text: "" } as const;
  const verdict = verdictOf({ status: "Inconclusive", reason, samples: [], binding: false });
  expect(verdictText(verdict, "en")).toBe(
    "The house: the time ran out before it was healthy for long enough. " +
      "The sensors give no verdict. Only watching: this verdict decides nothing.",
  );
});

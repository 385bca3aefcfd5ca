import { describe, expect, test } from "vitest";
import { DEFAULT_BASE } from "../../src/contract/index.ts";
import { plainWords } from "../../src/people/index.ts";
import { NOON } from "../support/contract-builders.ts";
import { ENGLISH, GERMAN, HOMES, paused, statusOf } from "./scenes.ts";

const words = (
  status: Parameters<typeof plainWords>[1],
  home = ENGLISH,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    plainWords(DEFAULT_BASE, status, NOON, home).map(({ topic, payload }) => [
      topic.replace("nixwave/v1/screens/", ""),
      payload,
    ]),
  );

describe("plain words for dashboards", () => {
  test("say where the rollout and each host stand", () => {
    const status = statusOf(
      { rp4: "Soaking", nuc: ["Failed", "disk-full: none left"] },
      { paused: paused("HostFailure") },
    );
    expect(words(status)).toEqual({
      "rollout/state": "under way",
      "rollout/release": "14 Jul, nixpkgs bump",
      "rollout/why": "a host failed",
      "rollout/paused": "ON",
      "rollout/problem": "ON",
      "hosts/rp4/state": "in trial, being watched",
      "hosts/rp4/problem": "OFF",
      "hosts/nuc/state": "failed",
      "hosts/nuc/problem": "ON",
    });
  });

  test("are never empty: an empty retained payload would delete the topic", () => {
    for (const home of HOMES) {
      for (const status of [null, statusOf({ rp4: "Queued" }, { phase: "Pending" })]) {
        for (const publication of plainWords(DEFAULT_BASE, status, NOON, home)) {
          expect(publication).toMatchObject({ retain: true, payload: expect.stringMatching(/./) });
        }
      }
    }
  });

  test("name the end, and its reason, in the home's language", () => {
    const status = statusOf(
      { rp4: "Rejected" },
      { phase: "Completed", completion: "Rejected", why: "signature-invalid: no key" },
    );
    expect(words(status, GERMAN)).toMatchObject({
      "rollout/state": "das Release wurde abgelehnt",
      "rollout/why": "Das Release trägt keine Unterschrift, der dieses Zuhause vertraut. no key",
      "rollout/paused": "OFF",
    });
    expect(words(null)).toMatchObject({ "rollout/state": "no release yet", "rollout/why": "-" });
  });

  test("stay within what Home Assistant takes as a state", () => {
    const status = statusOf({ rp4: "Failed" }, { why: `disk-full: ${"long".repeat(190)}` });
    expect(Math.max(...Object.values(words(status)).map((word) => word.length))).toBe(255);
  });
});

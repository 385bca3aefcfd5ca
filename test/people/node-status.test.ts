import { describe, expect, test } from "vitest";
import { hostStatusText, LANGUAGES, rolloutStatusText } from "../../src/people/index.ts";
import {
  COMPLETIONS,
  HOST_STATES,
  PAUSE_CONDITIONS,
  ROLLOUT_PHASES,
} from "../../src/rollout/index.ts";
import { paused, statusOf } from "./scenes.ts";

const LONG = "the-machine-in-the-living-room-behind-the-television-of-grandma";
const length = (text: string): number => [...text].length;

describe.each(LANGUAGES)("below a node, in %s,", (language) => {
  test("every text has under 20 characters, whatever state a host with a long name is in", () => {
    for (const state of [...HOST_STATES, "SomethingFromANewerHubThatIsLong"]) {
      const own = hostStatusText(LONG, state, language).text;
      expect([own, length(own) < 20]).toEqual([own, true]);
      for (const phase of [...ROLLOUT_PHASES, "Meditating"]) {
        for (const condition of [null, ...PAUSE_CONDITIONS, "Daydreaming"]) {
          const status = statusOf(
            { [LONG]: state },
            { phase, paused: condition === null ? [] : paused(condition) },
          );
          const { text } = rolloutStatusText(status, language);
          expect([text, length(text) < 20]).toEqual([text, true]);
        }
      }
    }
  });

  test("a long name in a trial is cut where the room ends, not before", () => {
    for (const state of ["Soaking", "Rebooting", "Committing", "RollingBack"]) {
      const { text } = rolloutStatusText(statusOf({ [LONG]: state }), language);
      expect([text, length(text)]).toEqual([text, 19]);
    }
  });

  test("every end fits, and a known one is not cut", () => {
    for (const completion of COMPLETIONS) {
      const { text } = rolloutStatusText(
        statusOf({ [LONG]: "Canceled" }, { phase: "Completed", completion }),
        language,
      );
      expect([text, length(text) < 20]).toEqual([text, true]);
      expect(text).not.toContain("…");
    }
  });

  test("a long name gives way to the word", () => {
    for (const state of HOST_STATES) {
      const word = hostStatusText("x", state, language).text.replace("x: ", "");
      const { text } = hostStatusText(LONG, state, language);
      expect([text, text.endsWith(`…: ${word}`)]).toEqual([text, true]);
    }
  });

  test("a short host's name stands in full beside each word", () => {
    for (const state of HOST_STATES) {
      expect(hostStatusText("rp4", state, language).text).toMatch(/^rp4: [^…]+$/);
    }
  });

  test("no condition is cut", () => {
    for (const condition of PAUSE_CONDITIONS) {
      const status = statusOf({ rp4: "Staged" }, { paused: paused(condition) });
      expect(rolloutStatusText(status, language).text).not.toContain("…");
    }
  });
});

test.each([
  ["nothing yet", null, "no release yet", "grey", "ring"],
  [
    "a start that waits",
    statusOf({ rp4: "Queued" }, { phase: "Pending" }),
    "waits to start",
    "blue",
    "ring",
  ],
  [
    "hosts that fetch",
    statusOf({ rp3: "Staging", rp4: "Staged", nuc: "AlreadyInstalled", x1: "Skipped" }),
    "loading 2/3",
    "blue",
    "dot",
  ],
  [
    "a host that has fetched for its reboot",
    statusOf({ rp3: "RebootPending", rp4: "Staging" }),
    "loading 1/2",
    "blue",
    "dot",
  ],
  ["a trial", statusOf({ rp3: "Staged", rp4: "Soaking" }), "trying rp4", "blue", "dot"],
  ["a host that keeps", statusOf({ rp4: "Committing" }), "keeping rp4", "blue", "dot"],
  ["a host that goes back", statusOf({ rp4: "RollingBack" }), "undoing rp4", "blue", "dot"],
  ["a reboot", statusOf({ rp4: "Rebooting" }), "rebooting rp4", "blue", "dot"],
  ["a silent host", statusOf({ rp4: "Unknown" }), "rp4: silent", "blue", "dot"],
  [
    "a trial that goes on while others wait",
    statusOf({ rp4: "Soaking" }, { paused: paused("Hold") }),
    "trying rp4",
    "yellow",
    "dot",
  ],
  ["a hold", statusOf({ rp4: "Staged" }, { paused: paused("Hold") }), "on hold", "yellow", "ring"],
  [
    "the last check",
    statusOf({ rp4: "Succeeded" }, { phase: "Finalising" }),
    "last check",
    "blue",
    "ring",
  ],
  [
    "success",
    statusOf(
      { rp4: "Succeeded", x1: "Deferred", nuc: "Skipped" },
      { phase: "Completed", completion: "PartiallyPromoted" },
    ),
    "done 1/2",
    "green",
    "dot",
  ],
  [
    "a stop at a host",
    statusOf(
      { rp3: "Succeeded", rp4: "RolledBack" },
      { phase: "Completed", completion: "Aborted" },
    ),
    "stopped at rp4",
    "red",
    "dot",
  ],
  [
    "a stop by a person",
    statusOf({ rp4: "Canceled" }, { phase: "Completed", completion: "Aborted" }),
    "stopped",
    "red",
    "dot",
  ],
  [
    "a newer release",
    statusOf({ rp4: "Canceled" }, { phase: "Completed", completion: "Superseded" }),
    "newer release",
    "grey",
    "dot",
  ],
  [
    "an end without a name",
    statusOf({ rp4: "Staged" }, { phase: "Completed" }),
    "unknown ()",
    "red",
    "dot",
  ],
] as const)("%s is shown", (_, status, text, fill, shape) => {
  expect(rolloutStatusText(status, "en")).toEqual({ text, fill, shape });
});

test("a release that waits for the burst it may belong to is told where nothing else is", () => {
  const settling = { fill: "grey", shape: "ring" };
  expect(rolloutStatusText(null, "en", true)).toEqual({ ...settling, text: "release is settling" });
  expect(rolloutStatusText(null, "de", true)).toEqual({
    ...settling,
    text: "Release wartet noch",
  });
  expect(rolloutStatusText(statusOf({ rp4: "Soaking" }), "en", true).text).toBe("trying rp4");
});

test("a host's colour says where it stands", () => {
  const fills = ["Succeeded", "Failed", "Soaking", "Staged", "Skipped", "Levitating"].map(
    (state) => hostStatusText("rp4", state, "en").fill,
  );
  expect(fills).toEqual(["green", "red", "blue", "yellow", "grey", "yellow"]);
});

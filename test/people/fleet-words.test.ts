import { describe, expect, test } from "vitest";
import { parseHoldSource } from "../../src/contract/index.ts";
import { fleetWords, hostWords, type Situation } from "../../src/people/index.ts";
import { readReason } from "../../src/rollout/index.ts";
import { at, NOON, pathFor } from "../support/contract-builders.ts";
import { ENGLISH, GERMAN, HOMES, host, paused, situationOf, statusOf } from "./scenes.ts";

type Hub = Parameters<typeof fleetWords>[0];
const seen = (situation: Situation, rest: Partial<Hub> = {}): Hub => ({
  ...{ situation, next: null, isConnected: true, isLearning: false, isFenced: false },
  ...rest,
});
const serial = NOON as number as never;
const wall = { source: parseHoldSource("wall"), host: null, since: NOON, until: null };

describe("a fleet in words", () => {
  test("a rollout under way: its release by date and title, and until when somebody tries", () => {
    const situation = situationOf(statusOf({ rp4: "Soaking" }), {
      trialEnds: [{ host: host("rp4"), at: at(10 * 60_000) }],
    });
    expect(fleetWords(seen(situation), ENGLISH)).toEqual({
      language: "en",
      release: "14 Jul, nixpkgs bump",
      state: "under way",
      standing: "active",
      lines: [expect.stringMatching(/^rp4 ends its trial by \d\d:\d\d\.$/)],
      pauses: [],
    });
  });

  test("a failed host: the reason, what can be done, and buttons for it", () => {
    const status = statusOf(
      { rp4: ["Failed", "disk-full: none left"] },
      { paused: paused("HostFailure", "rp4 did not do well") },
    );
    const { standing, pauses } = fleetWords(seen(situationOf(status)), ENGLISH);
    expect(standing).toBe("wrong");
    expect(pauses).toHaveLength(1);
    expect(pauses[0]).toMatchObject({ condition: "HostFailure", title: "a host failed" });
    expect(pauses[0]?.lines.at(-1)).toBe("Retry it, go on without it, or stop.");
    expect(pauses[0]?.actions).toContainEqual({ verb: "retry", host: "rp4", label: "Retry" });
  });

  test("a hold is told also while no rollout is under way, and once when one is", () => {
    for (const status of [null, statusOf({ rp4: "Staged" }, { paused: paused("Hold") })]) {
      const { pauses } = fleetWords(seen(situationOf(status, { holds: [wall] })), ENGLISH);
      expect(pauses).toEqual([
        {
          ...{ condition: "Hold", title: "held by wall", actions: [] },
          lines: [expect.stringMatching(/^wall holds everything since /)],
        },
      ]);
    }
  });

  test("a second hub is told also while no rollout is under way, and once when one is", () => {
    const over = statusOf({ rp4: "Succeeded" }, { completion: "Promoted" });
    for (const status of [null, over, statusOf({ rp4: "Staged" }, { paused: paused("Fenced") })]) {
      const words = fleetWords(seen(situationOf(status), { isFenced: true }), ENGLISH);
      expect(words.standing).toBe("wrong");
      expect(words.pauses).toMatchObject([
        {
          condition: "Fenced",
          title: "a second hub gives orders in this home",
          lines: [
            "Another hub orders these hosts.",
            "Nobody gives orders until somebody chooses one of the two hubs.",
          ],
        },
      ]);
    }
  });

  test("pauses of a rollout that is over are over", () => {
    const status = statusOf({}, { completion: "Aborted", paused: paused("HostFailure", "x") });
    expect(fleetWords(seen(situationOf(status)), ENGLISH).pauses).toEqual([]);
  });

  test("a pause of a newer hub, or one without its reason, is told by its name alone", () => {
    for (const [condition, why] of [
      ["MoonFull", "x1 has not been heard of"],
      ["HostSilent", ""],
    ] as const) {
      const status = statusOf({ x1: "Unknown" }, { paused: paused(condition, why) });
      const [pause] = fleetWords(seen(situationOf(status)), ENGLISH).pauses;
      expect(pause).toEqual({
        condition,
        title: expect.stringMatching(/./),
        lines: [],
        actions: [],
      });
    }
  });

  test("a hub that cannot work says so first; what waits comes last", () => {
    const next = { serial, title: "the fix" };
    const { lines } = fleetWords(seen(situationOf(null), { isConnected: false, next }), ENGLISH);
    expect(lines).toEqual([
      "No connection to the broker: nothing moves until it is back.",
      "14 Jul, the fix comes next.",
    ]);
    expect(fleetWords(seen(situationOf(null), { isLearning: true }), ENGLISH).lines).toEqual([
      "The hub first hears what the broker holds.",
    ]);
  });

  test.each([
    ["Promoted", "done"],
    ["PartiallyPromoted", "waiting"],
    ["Superseded", "out"],
    ["Aborted", "wrong"],
  ])("%s stands as %s", (completion, standing) => {
    const situation = situationOf(statusOf({}, { phase: "Completed", completion }));
    expect(fleetWords(seen(situation), ENGLISH).standing).toBe(standing);
  });
});

describe("a host in words", () => {
  const known: Parameters<typeof hostWords>[0] = {
    ...{ online: true, current: pathFor("rp4"), running: { serial, title: "nixpkgs bump" } },
    ...{ stepState: "Succeeded", why: null, drift: "none", rebootNeeded: false, isLocked: false },
  };

  test("runs a release by date and title, and has nothing to remark", () => {
    expect(hostWords(known, NOON, ENGLISH)).toEqual({
      ...{ running: "14 Jul, nixpkgs bump", state: "updated", standing: "done", why: "" },
      marks: [],
    });
  });

  test("names its system without digests where no release is known, or says that it was never heard", () => {
    const { running } = hostWords({ ...known, running: null }, NOON, ENGLISH);
    expect(running).toMatch(/^nixos-system-/);
    const never = hostWords({ ...known, running: null, current: null }, NOON, ENGLISH);
    expect(never.running).toBe("not heard of yet");
  });

  test("is remarked on in the language of the fleet", () => {
    const odd: typeof known = {
      ...known,
      ...{ online: false, drift: "taken-over" as const, rebootNeeded: true, isLocked: true },
    };
    const newer = { ...known, wire: [1, 2] };
    expect(hostWords(newer, NOON, ENGLISH).marks).toEqual([
      { kind: "newer", text: "its Nixwave is newer than the hub's" },
    ]);
    expect(hostWords({ ...known, wire: [2, 3] }, NOON, GERMAN).marks).toEqual([
      { kind: "apart", text: "sein Nixwave liegt zu viele Versionen entfernt" },
    ]);
    const kinds = hostWords(odd, NOON, ENGLISH).marks.map(({ kind }) => kind);
    expect(kinds).toEqual(["offline", "locked", "drifted", "reboot"]);
    expect(hostWords(odd, NOON, GERMAN).marks.map(({ text }) => text)).toContain("Neustart nötig");
  });

  test("takes no part without a state; why it stands where it stands is a sentence", () => {
    for (const home of HOMES) {
      const out = hostWords({ ...known, stepState: null }, NOON, home);
      expect(out).toMatchObject({ state: "", standing: "out" });
      const failed = { ...known, stepState: "Failed", why: readReason("disk-full: none left") };
      expect(hostWords(failed, NOON, home).why).not.toBe("");
    }
  });
});

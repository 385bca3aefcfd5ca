import { describe, expect, test } from "vitest";
import { parseHoldSource } from "../../src/contract/index.ts";
import { notificationOf } from "../../src/people/index.ts";
import { END_STATES } from "../../src/rollout/index.ts";
import { at, HOUR_MS } from "../support/contract-builders.ts";
import {
  ENGLISH,
  endedRollout,
  GERMAN,
  HOMES,
  ROLLOUT_ID,
  sample,
  situationOf,
  statusOf,
  told,
  verdictOf,
} from "./scenes.ts";
import { begins, buttons, ended, pause, RP4, shown, TARGET } from "./shown-notices.ts";

describe("one notification per rollout", () => {
  const situation = situationOf(statusOf({ rp3: "Succeeded", rp4: "Soaking", nuc: "Staged" }));

  test("is rewritten from the start over each step to the end", () => {
    const story = [
      told("RolloutStarted", { rollout: endedRollout(null) }),
      begins,
      pause("Hold"),
      told("Resumed", { condition: "Hold" }),
      ended("Succeeded"),
      told("RolloutEnded", { rollout: endedRollout("Promoted") }),
    ];
    const ids = new Set(story.map((one) => shown(one, situation, ENGLISH).sequenceId));
    expect([...ids]).toEqual([`rollout-${ROLLOUT_ID}`]);
  });

  test("says quietly that it begins and who tries it", () => {
    const started = told("RolloutStarted", { rollout: endedRollout(null) });
    expect(shown(started, situation, ENGLISH)).toEqual({
      sequenceId: `rollout-${ROLLOUT_ID}`,
      title: "14 Jul, nixpkgs bump: the rollout begins",
      body: "Now: rp4.\nStill to come: nuc.\nUpdated: rp3.",
      priority: 2,
      tags: ["package"],
      actions: [
        { verb: "hold", label: "Hold", host: null },
        { verb: "abort", label: "Stop", host: null },
      ],
    });
    expect(shown(begins, situation, GERMAN)).toMatchObject({
      title: "14. Juli, nixpkgs bump: rp4 probiert es",
      body: "Jetzt: rp4.\nNoch offen: nuc.\nAktualisiert: rp3.",
      priority: 1,
    });
    expect(shown(told("Resumed", { condition: "Hold" }), situation, ENGLISH)).toMatchObject({
      title: "14 Jul, nixpkgs bump: it goes on",
      body: expect.stringMatching(/^No longer: on hold\./),
    });
  });

  test("names only the first of many hosts", () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`pi-${n}`, "Staged"]));
    expect(shown(begins, situationOf(statusOf(many)), ENGLISH).body).toBe(
      "Still to come: pi-0, pi-1, pi-2, pi-3, pi-4, pi-5 and 3 more.",
    );
  });

  test("names six in full", () => {
    const six = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`pi-${n}`, "Staged"]));
    expect(shown(begins, situationOf(statusOf(six)), ENGLISH).body).toBe(
      "Still to come: pi-0, pi-1, pi-2, pi-3, pi-4, pi-5.",
    );
  });

  test("a rollout that has not ended ends nothing", () => {
    const early = told("RolloutEnded", { rollout: endedRollout(null) });
    expect(notificationOf(early, situation, ENGLISH)).toBeNull();
  });
});

describe("the end of a host's turn", () => {
  const open = situationOf(statusOf({ rp4: ["Failed", "disk-full: none left"], nuc: "Staged" }));
  const over = situationOf(
    statusOf({ rp4: ["Failed", "disk-full: none left"] }, { phase: "Completed" }),
  );

  test("gives the reason first, then what it means, then the release", () => {
    const failed = ended("Failed", "disk-full: none left");
    expect(shown(failed, open, ENGLISH)).toMatchObject({
      title: "rp4 failed: The host's disk is full. none left",
      body:
        "The host's disk is full. none left\nIt runs its old system.\n14 Jul, nixpkgs bump\n" +
        "Not updated: rp4.\nStill to come: nuc.",
      priority: 4,
    });
  });

  test("undone by the gate says in its title what the sensor showed and what it showed before", () => {
    const verdict = verdictOf({
      run: `${ROLLOUT_ID}/rp4/1`,
      samples: [
        sample("bedroom", "20.4", "Successful"),
        sample("cellar", "12", "Successful"),
        sample("bedroom", "17.1", "Failed"),
      ],
      reason: { code: "limit-crossed", row: "bedroom", text: "17.1 is not at least 18" },
    });
    const undone = ended("RolledBack", "revert-ordered");
    const of = (home: typeof ENGLISH, rest: object = {}) =>
      shown(undone, { ...open, verdict: { ...verdict, ...rest } }, home);
    expect(of(ENGLISH).title).toBe("rp4 undone: bedroom 17.1, was 20.4");
    expect(of(ENGLISH).body).toMatch(/^bedroom: 17.1 is beyond its limit\./);
    expect(of(GERMAN).title).toMatch(/^rp4 .+: bedroom 17,1, vorher 20,4$/);
    const withUnit = {
      samples: verdict.samples.map((one) => ({ ...one, shown: `${one.shown} °C` })),
    };
    expect(of(ENGLISH, withUnit).title).toBe("rp4 undone: bedroom 17.1 °C, was 20.4 °C");
    expect(of(GERMAN, withUnit).title).toMatch(/^rp4 .+: bedroom 17,1 °C, vorher 20,4 °C$/);
    const damp = { samples: [sample("bedroom", "71.5%", "Failed")] };
    expect(of(ENGLISH, damp).title).toBe("rp4 undone: bedroom 71.5%");
    expect(of(GERMAN, damp).title).toMatch(/bedroom 71,5 %$/);
    const first = { samples: verdict.samples.slice(2) };
    expect(of(ENGLISH, first).title).toBe("rp4 undone: bedroom 17.1");
    const another = { ...sample("bedroom", "20.4", "Successful"), source: "tele/bedroom-window" };
    const two = { samples: [another, ...verdict.samples.slice(2)] };
    expect(of(ENGLISH, two).title).toBe("rp4 undone: bedroom 17.1");
    const silent = { reason: { ...verdict.reason, code: "no-data" } };
    expect(of(ENGLISH, silent).title).toBe("rp4 undone: bedroom: no fresh reading");
    const older = { run: `${ROLLOUT_ID}/rp4/2` };
    expect(of(ENGLISH, older).title).not.toContain("bedroom");
    expect(of(ENGLISH, { status: "Successful" }).title).not.toContain("bedroom");
  });

  /** 1 shows up silently, 4 rings, 5 rings until somebody looks. */
  const LOUDNESS: Readonly<Record<(typeof END_STATES)[number], number>> = {
    ...{ AlreadyInstalled: 1, Skipped: 1, Canceled: 1 },
    ...{ Succeeded: 2, Deferred: 2 },
    ...{ NeedsReboot: 3, TakenOver: 3 },
    ...{ Rejected: 4, Failed: 4, RolledBack: 4 },
    Inconsistent: 5,
  };
  test("is one notification for each end, in both languages, and bad ones ring", () => {
    for (const home of HOMES) {
      for (const state of END_STATES) {
        const { title, body, priority } = shown(ended(state), open, home);
        expect([state, title.startsWith("rp4: "), body.length > 10]).toEqual([state, true, true]);
        expect([state, priority]).toEqual([state, LOUDNESS[state]]);
      }
    }
  });

  test("offers what a person can do, and after the rollout's end only to try again", () => {
    expect(buttons(shown(ended("Failed"), open, ENGLISH))).toEqual([
      "retry rp4",
      "skip rp4",
      "abort",
    ]);
    expect(buttons(shown(ended("Failed"), over, ENGLISH))).toEqual(["retry rp4"]);
    expect(buttons(shown(ended("Failed"), situationOf(null), ENGLISH))).toHaveLength(3);
    expect(buttons(shown(ended("Succeeded"), open, ENGLISH))).toEqual([]);
    expect(shown(ended("TakenOver"), open, GERMAN).actions[0]?.label).toBe("Überschreiben");
  });
});

describe("what happens beside a rollout", () => {
  test("drift has a notification of its own for each host", () => {
    const drifts = told("DriftSeen", { host: RP4, current: TARGET });
    const one = shown(drifts, situationOf(null), ENGLISH);
    expect(one).toMatchObject({
      sequenceId: "drift-rp4",
      title: "rp4 was changed by hand",
      priority: 3,
    });
    expect(one.body).not.toContain("/nix/store");
  });

  test("an old hold reminds of itself, one notification for each source however long its name", () => {
    const old = (source: string) =>
      shown(
        told("HoldIsOld", { source: parseHoldSource(source), since: at(-HOUR_MS) }),
        situationOf(null),
        GERMAN,
      );
    expect(old("wall-switch")).toMatchObject({
      sequenceId: "hold-wall-switch",
      title: "Noch immer angehalten",
    });
    const [first, second] = [old(`${"s".repeat(62)}a`), old(`${"s".repeat(62)}b`)];
    expect(first.sequenceId).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(first.sequenceId).not.toBe(second.sequenceId);
  });

  test("what concerns machines alone disturbs nobody", () => {
    const quiet = [
      told("ReleaseRecorded", {
        serial: 1 as never,
        title: null,
        why: { code: "changes-nothing" },
      }),
      told("GateAsked", { place: "soak", rollout: ROLLOUT_ID, host: RP4, attempt: 1 }),
      told("ReconnectAsked", { host: RP4 }),
    ];
    expect(quiet.map((one) => notificationOf(one, situationOf(null), ENGLISH))).toEqual([
      null,
      null,
      null,
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { parseHoldSource, parseStorePath } from "../../src/contract/index.ts";
import { type Notification, notificationOf, type Situation } from "../../src/people/index.ts";
import { COMPLETIONS, END_STATES, PAUSE_CONDITIONS } from "../../src/rollout/index.ts";
import { at, HOUR_MS, MINUTE_MS } from "../support/contract-builders.ts";
import {
  ENGLISH,
  endedRollout,
  GERMAN,
  HOMES,
  host,
  later,
  ROLLOUT_ID,
  situationOf,
  statusOf,
  told,
  verdictOf,
} from "./scenes.ts";

const RP4 = host("rp4");
const SWITCH = parseHoldSource("wall-switch");
const TARGET = parseStorePath(`/nix/store/${"0".repeat(32)}-nixos-system-rp4`);

/** The notification, or a complaint that there is none. */
function shown(...what: Parameters<typeof notificationOf>): Notification {
  const notification = notificationOf(...what);
  if (!notification) throw new Error(`${what[0].type} says nothing`);
  return notification;
}

const ended = (state: (typeof END_STATES)[number], why = "") =>
  told("HostEnded", { rollout: ROLLOUT_ID, host: RP4, attempt: 1, state, why });
const begins = told("StepStarted", {
  ...{ rollout: ROLLOUT_ID, host: RP4, attempt: 1, target: TARGET, resumed: false },
});
const pause = (condition: (typeof PAUSE_CONDITIONS)[number], why = "") =>
  told("Paused", { condition, why });
const buttons = ({ actions }: Notification): readonly string[] =>
  actions.map(({ verb, host: of }) => (of === null ? verb : `${verb} ${of}`));

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
      title: "rp4: failed",
      body:
        "The host's disk is full. none left\nIt runs its old system.\n14 Jul, nixpkgs bump\n" +
        "Not updated: rp4.\nStill to come: nuc.",
      priority: 4,
    });
  });

  test("is one notification for each end, in both languages, and bad ones ring", () => {
    for (const home of HOMES) {
      for (const state of END_STATES) {
        const { title, body, priority } = shown(ended(state), open, home);
        expect([state, title.startsWith("rp4: "), body.length > 10]).toEqual([state, true, true]);
        const bad = ["Rejected", "Failed", "RolledBack", "Inconsistent"].includes(state);
        expect([state, priority >= 4]).toEqual([state, bad]);
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

describe("the end of a rollout", () => {
  test("is told for each completion; those that went wrong ring and can be tried again", () => {
    for (const completion of COMPLETIONS) {
      const rollout = endedRollout(completion);
      const one = shown(told("RolloutEnded", { rollout }), situationOf(statusOf({})), ENGLISH);
      const bad = ["Aborted", "RolledBack", "RollbackFailed", "Rejected"].includes(completion);
      expect([completion, one.priority >= 4]).toEqual([completion, bad]);
      expect(buttons(one)).toEqual(bad ? ["retry"] : []);
    }
  });

  test("names each host that went wrong with its reason, then who has it", () => {
    const status = statusOf(
      {
        rp3: "Succeeded",
        rp4: ["RolledBack", "lease-expired"],
        nuc: "Canceled",
        x1: "NeedsReboot",
      },
      { phase: "Completed", completion: "Aborted" },
    );
    const rollout = endedRollout("Aborted", "rp4: RolledBack, lease-expired");
    expect(shown(told("RolloutEnded", { rollout }), situationOf(status), ENGLISH)).toMatchObject({
      title: "14 Jul, nixpkgs bump: stopped",
      body:
        "rp4: Nobody confirmed the trial in time.\nx1: needs a reboot\n" +
        "Not updated: rp4, x1.\nUpdated: rp3.",
    });
  });

  test("without such a host gives the rollout's own reason", () => {
    const rollout = endedRollout("Aborted", "stopped by anna");
    const status = statusOf({ rp4: "Canceled" });
    expect(shown(told("RolloutEnded", { rollout }), situationOf(status), GERMAN).body).toBe(
      "Beendet von anna.",
    );
  });

  test("of which nothing else is known repeats its title", () => {
    const one = shown(
      told("RolloutEnded", { rollout: endedRollout("Promoted") }),
      situationOf(null),
      ENGLISH,
    );
    expect(one.title).toBe("Rollouts: all hosts are updated");
    expect(one.body).toBe(one.title);
  });
});

describe("a pause", () => {
  const status = statusOf({ rp4: "Soaking", nuc: "Staged" });
  const hold = { source: SWITCH, host: null, since: at(-HOUR_MS), until: at(3 * HOUR_MS) };

  test("says for each condition what ends it, in both languages", () => {
    const seen = new Set<string>();
    for (const home of HOMES) {
      for (const condition of PAUSE_CONDITIONS) {
        const { title, body } = shown(pause(condition), situationOf(status), home);
        expect([condition, body.split("\n").length >= 3]).toEqual([condition, true]);
        seen.add(title);
      }
    }
    expect(seen.size).toBe(2 * PAUSE_CONDITIONS.length);
  });

  test("by a hold tells who holds, until when, and what still finishes", () => {
    const situation = situationOf(status, {
      holds: [hold, { source: SWITCH, host: RP4, since: at(-HOUR_MS), until: null }],
      trialEnds: [{ host: RP4, at: later(6 * MINUTE_MS) }],
    });
    const one = shown(pause("Hold", "held by wall-switch"), situation, ENGLISH);
    expect(one.body).toBe(
      "wall-switch holds everything until 17:00.\nwall-switch holds rp4 since 13:00.\n" +
        "rp4 ends its trial in 6 min, then it is quiet.\n" +
        "Nothing new begins until the hold is released.\nNow: rp4.\nStill to come: nuc.",
    );
    expect(buttons(one)).toEqual(["resume"]);
  });

  test("outside the allowed times tells when it goes on, where that is known", () => {
    const why = "outside the times that the plan allows";
    const known = situationOf(status, { opensAt: at(10 * HOUR_MS) });
    expect(shown(pause("OutsideWindow", why), known, GERMAN).body).toMatch(
      /^Jetzt ist keine Zeit, .+\nEs geht weiter: 15\. Juli, 00:00\.\n/,
    );
    expect(shown(pause("OutsideWindow", why), situationOf(status), ENGLISH).body).not.toMatch(
      /It goes on at/,
    );
  });

  test("by the sensors shows the reading behind it, or what the rollout wrote", () => {
    const seen = situationOf(status, { verdict: verdictOf({ status: "PreflightFailed" }) });
    expect(shown(pause("PreflightFailed"), seen, ENGLISH).body).toMatch(
      /^living room: 17\.5 is beyond its limit\. The house was not healthy beforehand\.\n/,
    );
    const unseen = shown(
      pause("AnalysisError", "rp4: the gate cannot measure"),
      situationOf(status),
      ENGLISH,
    );
    expect(unseen.body).toMatch(/^rp4: the sensors cannot be read\.\n/);
  });

  const failed = situationOf(statusOf({ rp4: ["Failed", "disk-full"], x1: "Failed" }));
  test("by a failure names each failed host with its reason", () => {
    expect(shown(pause("HostFailure", "rp4: did not do well"), failed, ENGLISH).body).toMatch(
      /^rp4: The host's disk is full\.\nx1: failed\nRetry it/,
    );
  });

  test("by a failure of the house alone says what the rollout wrote", () => {
    const why = "the house is not healthy after the last host";
    const one = shown(pause("HostFailure", why), situationOf(status), ENGLISH);
    expect(one.body).toMatch(/^The house is not healthy after the last host\.\n/);
    expect(buttons(one)).toEqual(["retry", "abort"]);
  });

  test("offers only buttons that fit it, and names the host that is meant", () => {
    const idle = situationOf(statusOf({ nuc: "Staged" }));
    const silent = situationOf(statusOf({ rp4: "Unknown" }));
    const cases = [
      ["ApprovalRequired", situationOf(status), ["approve", "abort"]],
      ["InconclusiveAnalysis", situationOf(status), ["approve rp4", "abort"]],
      ["InconclusiveAnalysis", idle, ["abort"]],
      ["PreflightFailed", idle, ["abort"]],
      ["HostFailure", failed, ["retry rp4", "skip rp4", "abort"]],
      ["HostSilent", silent, ["skip rp4", "abort"]],
      ["HostSilent", idle, ["abort"]],
      ["Fenced", idle, []],
    ] as const satisfies readonly (readonly [string, Situation, readonly string[]])[];
    for (const [condition, situation, expected] of cases) {
      expect([condition, buttons(shown(pause(condition), situation, ENGLISH))]).toEqual([
        condition,
        [...expected],
      ]);
    }
  });

  test("before the first rollout is the hub's own notification", () => {
    const one = shown(pause("ClockUnsynced"), situationOf(null), ENGLISH);
    expect(one).toMatchObject({
      sequenceId: "hub-rollouts",
      title: "Rollouts: the hub's clock is not set",
    });
    expect(
      shown(pause("ClockUnsynced"), situationOf(statusOf({}, { rollout: null })), ENGLISH)
        .sequenceId,
    ).toBe("hub-rollouts");
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
      told("ReleaseRecorded", { serial: 1 as never, title: null, why: "" }),
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

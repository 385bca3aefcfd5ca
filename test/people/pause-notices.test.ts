import { describe, expect, test } from "vitest";
import { notificationOf, type Situation } from "../../src/people/index.ts";
import { PAUSE_CONDITIONS } from "../../src/rollout/index.ts";
import { at, HOUR_MS, MINUTE_MS } from "../support/contract-builders.ts";
import {
  ENGLISH,
  GERMAN,
  HOMES,
  later,
  paused,
  situationOf,
  statusOf,
  verdictOf,
} from "./scenes.ts";
import { begins, buttons, ended, pause, RP4, resumed, SWITCH, shown } from "./shown-notices.ts";

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
      "wall switch holds everything until 17:00.\nwall switch holds rp4 since 13:00.\n" +
        "rp4 ends its trial within 6 min, then it is quiet.\n" +
        "Nothing new begins until the hold is released.\nNow: rp4.\nStill to come: nuc.",
    );
    expect(buttons(one)).toEqual(["resume"]);
  });

  test("by a question of the flow can be refused as well as approved, for the host that it is about", () => {
    const asked = shown(pause("ApprovalRequired"), situationOf(status, { asked: RP4 }), GERMAN);
    expect(buttons(asked)).toEqual(["approve rp4", "skip rp4", "abort"]);
    expect(asked.actions.map(({ label }) => label)).toEqual(["Zustimmen", "Ablehnen", "Beenden"]);
    const ofTheOrder = shown(pause("ApprovalRequired"), situationOf(status), GERMAN);
    expect(buttons(ofTheOrder)).toEqual(["approve", "abort"]);
  });

  test("outside the allowed times tells when it goes on, where that is known", () => {
    const why = "outside the times that the plan allows";
    const known = situationOf(status, { opensAt: at(10 * HOUR_MS) });
    expect(shown(pause("OutsideWindow", why), known, GERMAN).body).toMatch(
      /^Es geht weiter: 15\. Juli, 00:00\.\n(?!Es geht von selbst)/,
    );
    expect(shown(pause("OutsideWindow", why), situationOf(status), ENGLISH).body).not.toMatch(
      /It goes on at/,
    );
  });

  const pausedBy = (...conditions: readonly string[]) =>
    statusOf(
      { rp4: "RolledBack", x1: "Queued", nuc: "Staged" },
      { paused: conditions.map((condition) => ({ condition, since: at(0), why: null })) },
    );

  test("does not cover one that needs a person more", () => {
    const both = situationOf(pausedBy("OutsideWindow", "HostFailure"));
    expect(notificationOf(pause("OutsideWindow"), both, ENGLISH)).toBeNull();
  });

  test("by a host's failure is told by that host's own end, once, with what to do now", () => {
    const failed = situationOf(pausedBy("HostFailure"));
    expect(notificationOf(pause("HostFailure"), failed, ENGLISH)).toBeNull();
    const end = shown(ended("RolledBack"), failed, ENGLISH);
    expect(end.priority).toBe(4);
    expect(end.body).toMatch(/\nRetry it, go on without it, or stop\.$/);
    expect(buttons(end)).toEqual(["retry rp4", "skip rp4", "abort"]);
  });

  test("that ends is no going on while another one stays", () => {
    const failed = situationOf(pausedBy("HostFailure"));
    expect(notificationOf(resumed("OutsideWindow"), failed, ENGLISH)).toBeNull();
    const closed = situationOf(pausedBy("OutsideWindow"));
    expect(shown(resumed("HostFailure"), closed, ENGLISH)).toMatchObject({
      ...{ title: "14 Jul, nixpkgs bump: waits for its time of day", priority: 1 },
    });
  });

  test("of which a version not yet known tells is shown as none", () => {
    const later = situationOf(pausedBy("MoonPhase"));
    expect(shown(resumed("Hold"), later, ENGLISH).title).toMatch(/it goes on$/);
  });

  test("that ends with the rollout is told by its end", () => {
    const over = { ...pausedBy(), phase: "Completed" };
    expect(notificationOf(resumed("Hold"), situationOf(over), ENGLISH)).toBeNull();
  });

  test("that needs a person stays in sight, with its buttons, when a host's end takes its place", () => {
    const { title, body, actions } = shown(
      ended("Deferred"),
      situationOf(pausedBy("HostFailure")),
      ENGLISH,
    );
    expect(title).toBe("rp4: catches up later");
    expect(body).toMatch(/\nRetry it, go on without it, or stop\.$/);
    expect(actions.map(({ verb }) => verb)).toEqual(["retry", "skip", "abort"]);
    const closed = shown(ended("Deferred"), situationOf(pausedBy("OutsideWindow")), ENGLISH);
    expect(closed.actions).toEqual([]);
  });

  test("that asks for an approval keeps its words when a host goes wrong, and its button over one that is tried", () => {
    const asks = situationOf(pausedBy("ApprovalRequired", "HostFailure"));
    const failed = shown(ended("Failed", "disk-full"), asks, ENGLISH);
    expect(failed.title).toMatch(/^rp4 failed: /);
    expect(failed.body).toMatch(/\nIt goes on when somebody approves\.$/);
    expect(buttons(failed)).toEqual(["retry rp4", "skip rp4", "abort"]);
    expect(notificationOf(pause("HostFailure"), asks, ENGLISH)).toBeNull();
    const goesOn = shown(begins, situationOf(pausedBy("ApprovalRequired")), ENGLISH);
    expect(goesOn.body).toMatch(/\nIt goes on when somebody approves\.$/);
    expect(buttons(goesOn)).toEqual(["approve", "abort"]);
    expect(buttons(shown(ended("Succeeded"), situationOf(pausedBy("Hold")), ENGLISH))).toEqual([
      "resume", // the hold that somebody set is released where it was shown
    ]);
    expect(buttons(shown(begins, situationOf(pausedBy("Draining")), ENGLISH))).toEqual([
      ...["hold", "abort"],
    ]);
  });

  /** Something else that held it has ended; its failure stays. */
  const stillFailed = (hosts: Parameters<typeof statusOf>[0], rest: Partial<Situation> = {}) =>
    shown(
      resumed("ApprovalRequired"),
      situationOf(statusOf(hosts, { paused: paused("HostFailure") }), rest),
      ENGLISH,
    );

  test("by the failure of one host keeps its reason in the title, by that of several says so", () => {
    const hosts = { rp4: "RolledBack", nuc: "Staged" } as const;
    const verdict = verdictOf({ run: "main-1784030400000/rp4/2" });
    const one = (rest: Partial<Situation>) => stillFailed(hosts, rest);
    expect(one({ verdict }).title).toBe("rp4 undone: living room 17.5, was 19.5");
    expect(one({ verdict }).body).toMatch(/\n14 Jul, nixpkgs bump\n/);
    const ofAnother = verdictOf({ run: "main-1784030400000/rp44/1" });
    expect(one({ verdict: ofAnother }).title).toBe("rp4: undone");
    const healthy = verdictOf({ run: "main-1784030400000/rp4/1", status: "Successful" });
    expect(one({ verdict: healthy }).title).toBe("rp4: undone");
    expect(stillFailed({ rp4: "RolledBack", x1: "Failed" }, { verdict }).title).toBe(
      "14 Jul, nixpkgs bump: a host failed",
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

  test("by a failure names each failed host with its reason", () => {
    const failed = stillFailed({ rp4: ["Failed", "disk-full"], x1: "Failed" });
    expect(buttons(failed)).toEqual(["retry rp4", "skip rp4", "abort"]);
    expect(failed.body).toMatch(/^rp4: The host's disk is full\.\nx1: failed\nRetry it/);
  });

  test("by many failures gives the reasons of the first four", () => {
    const many = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`pi-${n}`, "Failed"]));
    const { body } = stillFailed(many);
    expect(body.split("\n").filter((line) => /^pi-\d: /.test(line))).toHaveLength(4);
  });

  test("by two holds that read alike says so once", () => {
    const { body } = shown(pause("Hold"), situationOf(status, { holds: [hold, hold] }), ENGLISH);
    expect(body.match(/wall switch holds everything/g)).toHaveLength(1);
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

import { describe, expect, test } from "vitest";
import type { Serial } from "../../src/contract/index.ts";
import { entriesOf, statusOf } from "../../src/rollout/index.ts";
import { MINUTE_MS, NOON, nuc, release, rp4 } from "../rollout/scenes.ts";
import { HUB } from "../support/contract-builders.ts";
import { ForgetfulHome, trials } from "./forgetful-home.ts";

describe("a hub that lost its journal in the middle of a rollout", () => {
  test("meets a host in its trial, orders no second one and brings the rollout to its end", () => {
    const home = new ForgetfulHome({ settle: "10m" }).ready().wait(11);
    home.staged(rp4, nuc).inTrial(rp4);
    const { attempt } = home.key(rp4);
    expect(home.forget()).toBe("goes-on");
    home.here(rp4, nuc);
    expect(home.state.rollout?.phase).toBe("Progressing");
    home.inTrial(rp4).ended(rp4, "succeeded").staged(nuc);
    expect(home.key(rp4)).toMatchObject({ attempt });
    expect(trials(home)).toEqual(["nuc trial"]);
    home.succeeds(nuc).wait(1);
    expect(home.state.rollout?.completion).toBe("Promoted");
  });

  test("does not try again what has failed: the host tells its end once more, and somebody is asked", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4).ended(rp4, "rolled-back");
    expect(home.forget()).toBe("asks");
    home.here(rp4, nuc).ended(rp4, "rolled-back");
    expect(home.paused).toEqual(["ApprovalRequired"]);
    home.play({ type: "DeployAsked", at: home.at, by: "phone", now: false }).staged(nuc);
    expect(home.states).toEqual(["rp4 RolledBack", "nuc Staged"]);
    expect(home.paused).toEqual(["HostFailure"]);
    expect(trials(home)).toEqual([]);
  });

  test.each([
    "HostFailure",
    "HostSilent",
    "PreflightFailed",
    "InconclusiveAnalysis",
    "AnalysisError",
    "Fenced",
  ])(
    "waits for somebody's word where %s had stopped it, though its cause is forgotten",
    (condition) => {
      const home = new ForgetfulHome({ settle: "10m" }).here(rp4, nuc).offer(7).wait(11);
      const { status } = home.retained;
      const paused = [
        { condition: "Hold", since: NOON, why: "" },
        { condition, since: NOON, why: "" },
      ];
      expect(home.forget({ status: status && { ...status, paused } })).toBe("asks");
      home.here(rp4, nuc).wait(60);
      expect(home.state.rollout?.phase).toBe("Pending");
      expect(home.orders).toEqual([]);
      expect(home.state.plan.start).toBe("automatic");
      home.play({ type: "DeployAsked", at: home.at, by: "phone", now: false });
      expect(home.orders).toEqual(["rp4 stage", "nuc stage"]);
    },
  );

  test("keeps a host's trial that is under way while it waits for that word", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4);
    const { status } = home.retained;
    const paused = [{ condition: "HostFailure", since: NOON, why: "" }];
    expect(home.forget({ status: status && { ...status, paused } })).toBe("asks");
    home.here(rp4, nuc).inTrial(rp4).ended(rp4, "succeeded");
    expect(home.states[0]).toBe("rp4 Succeeded");
    expect(trials(home)).toEqual([]);
  });

  test("counts on where it was: a second attempt is met as the second", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4).ended(rp4, "rolled-back");
    home.play({ type: "RetryAsked", at: home.at, by: "phone", host: rp4 }).staged(rp4).inTrial(rp4);
    expect(home.key(rp4).attempt).toBe(2);
    expect(home.forget()).toBe("goes-on");
    home.here(rp4).inTrial(rp4);
    expect(home.key(rp4).attempt).toBe(2);
    expect(trials(home)).toEqual([]);
  });

  test("tells the end of a rollout that was over again, and tries nobody", () => {
    const home = new ForgetfulHome().ready().succeeds(rp4, nuc).wait(1);
    expect(home.state.rollout?.completion).toBe("Promoted");
    expect(home.forget()).toBe("goes-on");
    home.here(rp4, nuc).ended(rp4, "succeeded").ended(nuc, "succeeded").wait(1);
    expect(home.state.rollout?.completion).toBe("Promoted");
    expect(trials(home)).toEqual([]);
  });

  test("leaves out whom somebody left out, and locks whom it had locked", () => {
    const plan = { hosts: ["rp4", "rp3", "x1", "nuc"] };
    const home = new ForgetfulHome(plan).here(rp4, nuc).offer(7);
    home.play({ type: "SkipAsked", at: home.at, by: "anna", host: nuc });
    const status = statusOf(home.state, HUB, home.at);
    const states: Readonly<Record<string, readonly [state: string, why: string]>> = {
      rp3: ["Skipped", "it is locked until somebody says retry"],
      x1: ["Inconsistent", ""],
    };
    const hosts = status?.hosts.map((one) => {
      const [state, why] = states[one.host] ?? [one.state, one.why];
      return { ...one, state, why };
    });
    home.forget({ status: status && { ...status, hosts: hosts ?? [] } });
    home.here(...home.hosts);
    const locked = "Skipped it is locked until somebody says retry";
    const shown = statusOf(home.state, HUB, home.at)?.hosts.map(
      ({ host, state, why }) => `${host} ${state} ${why}`,
    );
    expect(shown).toEqual([
      "rp4 Staging ",
      `rp3 ${locked}`,
      `x1 ${locked}`,
      "nuc Skipped left out by anna",
    ]);
  });

  test("asks before it overwrites what somebody did by hand", () => {
    const home = new ForgetfulHome().ready().inTrial(rp4).ended(rp4, "taken-over");
    expect(home.states[0]).toBe("rp4 TakenOver");
    expect(home.forget()).toBe("asks");
    home.here(rp4, nuc).play({ type: "DeployAsked", at: home.at, by: "phone", now: false });
    home.staged(rp4, nuc).wait(1);
    expect(home.paused).toEqual(["ApprovalRequired"]);
    expect(trials(home)).toEqual([]);
    home.play({ type: "Approved", at: home.at, by: "phone", group: null, host: rp4 });
    expect(trials(home)).toEqual(["rp4 trial"]);
  });

  test("has forgotten approvals, and asks again", () => {
    const plan = { groups: [{ name: "all", hosts: ["rp4", "nuc"], approval: "group" }] };
    const home = new ForgetfulHome(plan).ready();
    home.play({ type: "Approved", at: home.at, by: "phone", group: "all", host: null });
    home.inTrial(rp4);
    home.forget();
    home.here(nuc).staged(nuc);
    expect(home.paused).toContain("ApprovalRequired");
    expect(trials(home)).toEqual([]);
  });
});

describe("what waited, waits; what was over, is over", () => {
  test("a release that nobody had begun settles once more, and waits for its manual start", () => {
    const home = new ForgetfulHome({ start: "manual", settle: "10m" }).here(rp4, nuc).offer(7);
    expect(home.forget()).toBe("waits");
    expect(home.state.next).toMatchObject({ asked: false, settledAt: home.nowMs + 10 * MINUTE_MS });
    home.wait(11);
    expect(home.forget()).toBe("waits");
    expect(home.wait(11).state.rollout?.phase).toBe("Pending");
  });

  test("one that somebody had started needs no second start, settled or not", () => {
    for (const settle of ["10m", "0s"]) {
      const home = new ForgetfulHome({ start: "manual", settle }).here(rp4, nuc).offer(7);
      home.play({ type: "DeployAsked", at: home.at, by: "phone", now: false }).wait(11);
      expect(home.state.rollout?.phase).toBe("Progressing");
      expect(home.forget()).toBe("goes-on");
      home.here(rp4);
      expect(home.state.rollout).toMatchObject({ phase: "Progressing", skipSoak: false });
    }
  });

  test("a release that came after the last status is a new one", () => {
    const home = new ForgetfulHome().ready().succeeds(rp4, nuc).wait(1);
    expect(home.forget({ release: release(8, [rp4, nuc]) })).toBe("waits");
    expect(home.state.rollout?.serial).toBe(8);
  });

  test.each([
    ["Aborting", null],
    ["RollingBack", null],
    ["Completed", "Aborted"],
    ["Completed", "RolledBack"],
    ["Completed", "RollbackFailed"],
    ["Completed", "Rejected"],
  ] as const)("a rollout that stood at %s, %s does not begin again", (phase, completion) => {
    const home = new ForgetfulHome().ready();
    const status = home.retained.status;
    expect(home.forget({ status: status && { ...status, phase, completion } })).toBe("stays-ended");
    expect(home.state.newestSerial).toBe(7);
    home.here(rp4, nuc).wait(60).offer(7);
    expect(home.state).toMatchObject({ rollout: null, next: null, newestSerial: 7 });
    expect(home.orders).toEqual([]);
    home.offer(8, [rp4, nuc], 7); // only its statements are new
    expect(home.state).toMatchObject({ rollout: null, newestSerial: 8 });
    home.offer(9);
    expect(home.state.rollout?.serial).toBe(9);
  });

  test("its statements are remembered as they were, each with its own serial", () => {
    const home = new ForgetfulHome().ready();
    const { status } = home.retained;
    const aborted = status && { ...status, phase: "Completed", completion: "Aborted" };
    const [first, second] = release(7, [rp4, nuc]).hosts;
    if (!first || !second) throw new Error("two hosts");
    const { narHash: _, ...bare } = second;
    const hosts = [{ ...first, serial: 5 as Serial }, bare];
    home.forget({ status: aborted, release: { ...release(7, [rp4, nuc]), hosts } });
    const offered = entriesOf(home.state.hosts).map((entry) => entry.offered);
    const { target, statement, narHash } = first;
    expect(offered).toEqual([
      { target, statement, narHash, serial: 5 },
      { target: bare.target, statement: bare.statement, narHash: null, serial: 7 },
    ]);
  });

  test("without a release there is none", () => {
    const home = new ForgetfulHome();
    expect(home.forget()).toBe("no-release");
    expect(home.state).toMatchObject({ rollout: null, next: null, newestSerial: 0 });
  });
});

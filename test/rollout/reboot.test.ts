import { describe, expect, it } from "vitest";
import type { BootRisk } from "../../src/contract/index.ts";
import { asksApproval, asksReboot, entriesOf, type HostEntry } from "../../src/rollout/index.ts";
import { by, Home, nuc, rp3, rp4, sessionOf, wall } from "./scenes.ts";

const approve = (home: Home, risk: BootRisk = "one-shot", host = rp4): Home =>
  home.play({ type: "Approved", at: home.at, by, group: null, host, risk });
const newHome = (plan: object = {}): Home =>
  new Home({ soak: "5m", lease: "10m", ...plan }).ready();
const waiting = (plan: object = {}): Home => newHome(plan).needsReboot(rp4);

/** A newer release waits to settle. */
const overtaken = (): Home => {
  const home = new Home({ settle: "5m" }).here(rp4, nuc).offer(7).wait(5).staged(rp4, nuc);
  return home.needsReboot(rp4).offer(8);
};

describe("a host that needs a reboot", () => {
  it("ends so, and asks: nothing else begins until somebody answers", () => {
    const home = waiting();
    expect(home.states).toEqual(["rp4 NeedsReboot", "nuc Staged"]);
    expect(home.state.rollout?.paused).toMatchObject([
      { condition: "ApprovalRequired", why: { code: "host-needs-reboot", host: rp4 } },
    ]);
  });

  it("waits for that answer and for no approval of its group", () => {
    const [entry] = entriesOf(waiting().state.hosts) as [HostEntry];
    expect([asksReboot(entry), asksApproval(entry)]).toEqual([true, false]);
    const plan = { groups: [{ name: "all", hosts: ["rp4"], approval: "host" }] };
    const [other] = entriesOf(new Home(plan).here(rp4).offer(7).staged(rp4).state.hosts) as [
      HostEntry,
    ];
    expect([asksReboot(other), asksApproval(other)]).toEqual([false, true]);
  });

  it("is ordered to boot in a new attempt that names the approved risk, and then soaks and is kept as ever", () => {
    const home = waiting();
    expect(home.orders).toContain("rp4 trial");
    approve(home);
    expect(home.states[0]).toBe("rp4 Staging");
    home.staged(rp4);
    expect(home.states[0]).toBe("rp4 Rebooting");
    expect(home.last.effects).toContainEqual(
      expect.objectContaining({ goal: "boot", approved: "one-shot", attempt: 2, lease: 600_000 }),
    );
    home.says(rp4, { phase: "rebooting" }).gone(rp4).here(rp4);
    home.says(rp4, { phase: "activating", current: home.target(rp4) });
    expect(home.states[0]).toBe("rp4 Verifying");
    home.inTrial(rp4);
    expect(home.states[0]).toBe("rp4 Soaking");
    home.wait(5);
    expect(home.states[0]).toBe("rp4 Committing");
    home.ended(rp4, "succeeded");
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Activating"]);
    expect(home.orders).toEqual(["rp4 stage", "rp4 boot", "rp4 boot", "rp4 commit", "nuc trial"]);
  });

  it("waits for its slot like any other", () => {
    const home = approve(waiting());
    home.play({ type: "HoldSet", at: home.at, source: wall, host: null }).staged(rp4);
    expect(home.states[0]).toBe("rp4 RebootPending");
    home.play({ type: "HoldReleased", at: home.at, source: wall });
    expect(home.states[0]).toBe("rp4 Rebooting");
  });

  it("may be silent for the reboot beyond lease and grace, and is unknown after that", () => {
    const home = approve(waiting({ rebootAllowance: "15m", grace: "2m" })).staged(rp4);
    home.gone(rp4).wait(26);
    expect(home.states[0]).toBe("rp4 Rebooting");
    home.wait(2);
    expect(home.states[0]).toBe("rp4 Unknown");
    home.here(rp4).says(rp4, { phase: "rebooting" });
    expect(home.states[0]).toBe("rp4 Rebooting");
  });

  it("can be undone while it reboots", () => {
    const home = approve(waiting()).staged(rp4);
    home.play({ type: "AbortAsked", at: home.at, by, scope: "failed" });
    expect(home.states[0]).toBe("rp4 RollingBack");
  });

  it("goes alone and last where it carries the broker, and proves it over new sessions", () => {
    const hosts = [{ host: "nuc", carries: ["broker", "hub"] }, "rp4"];
    const home = new Home({ hosts, soak: "0s" });
    home.play({ type: "HubConnected", at: home.at, session: sessionOf(1) }).ready();
    home.succeeds(rp4).needsReboot(nuc);
    approve(home, "one-shot", nuc).staged(nuc);
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Rebooting"]);
    home.inTrial(nuc);
    expect(home.states[1]).toBe("nuc Verifying");
    home
      .play({ type: "HubConnected", at: home.at, session: sessionOf(2) })
      .here(nuc)
      .inTrial(nuc);
    expect(home.states[1]).toBe("nuc Committing");
  });

  it("opens a rollout again that had ended without it", () => {
    const home = waiting();
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 }).succeeds(nuc);
    expect(home.state.rollout?.completion).toBe("PartiallyPromoted");
    approve(home).staged(rp4);
    expect(home.state.rollout).toMatchObject({ phase: "Progressing", run: 2 });
    expect(home.states[0]).toBe("rp4 Rebooting");
  });

  it.each([
    ["a host that needs none", () => approve(newHome()), "rp4 waits for no reboot"],
    ["a stranger", () => approve(waiting(), "one-shot", rp3), "rp3 waits for no reboot"],
    ["another risk", () => approve(waiting(), "no-way-back"), "the approval says no-way-back"],
    ["a risk nobody told", () => approve(newHome().ended(rp4, "needs-reboot")), "unknown risk"],
    ["an older release", () => approve(overtaken()), "a newer release waits"],
  ] as const)("is not rebooted on an approval for %s", (_name, play, why) => {
    expect(play().last.ignored).toContain(why);
  });

  it("has failed where the plan says that it is never rebooted", () => {
    const groups = [{ name: "pis", hosts: ["rp4", "nuc"], reboot: "never" }];
    const home = waiting({ groups });
    expect(home.paused).toEqual(["HostFailure"]);
    expect(approve(home).last.ignored).toContain("never rebooted");
  });

  it("is no reason to stop what stops at failures", () => {
    expect(waiting({ onFailure: "stop" }).state.rollout?.phase).toBe("Progressing");
  });
});

describe("a soak that outlasts the lease", () => {
  const long = { soak: "20m", lease: "10m", maxTrial: "25m" };
  const leases = (home: Home): readonly number[] =>
    home.last.effects.flatMap((one) => (one.type === "Order" ? [one.lease / 60_000] : []));

  it("has the same order sent again with the lease it needs, up to the longest trial", () => {
    const home = new Home(long).ready().inTrial(rp4);
    home.wait(5);
    expect(leases(home)).toEqual([20]);
    home.inTrial(rp4).wait(10);
    expect(leases(home)).toEqual([25]);
    home.inTrial(rp4).wait(5);
    expect(home.states[0]).toBe("rp4 Committing");
    expect(home.orders.filter((one) => one.startsWith("rp4"))).toEqual([
      ...["rp4 stage", "rp4 trial", "rp4 trial", "rp4 trial", "rp4 commit"],
    ]);
  });

  it("is extended as what it is, a trial with a reboot", () => {
    const home = approve(new Home(long).ready().needsReboot(rp4)).staged(rp4).inTrial(rp4).wait(5);
    expect(home.last.effects).toMatchObject([
      { goal: "boot", approved: "one-shot", lease: 1_200_000 },
    ]);
  });

  it("gives none to a trial that has not shown itself yet", () => {
    const home = new Home(long).ready().wait(5);
    expect(home.orders.filter((one) => one === "rp4 trial")).toEqual(["rp4 trial"]);
    expect(home.inTrial(rp4).wait(1).states[0]).toBe("rp4 Soaking");
  });

  it("gives none to a trial that is being undone", () => {
    const home = new Home(long).ready().inTrial(rp4);
    home.play({ type: "StepUndone", at: home.at, ...home.key(rp4), why: "cold" }).inTrial(rp4);
    home.orders;
    expect(home.wait(6).orders).not.toContain("rp4 trial");
  });

  it("is extended from where it stands when a hub finds it again", () => {
    const home = new Home(long).ready().wait(13).inTrial(rp4);
    expect(home.states[0]).toBe("rp4 Soaking");
    home.orders;
    expect(home.wait(5).orders).toContain("rp4 trial");
  });

  it.each([
    [
      { soak: "6h" },
      "a soak of 360 min and a grace of 2 min make 362 min: a trial may last 360 min",
    ],
    [{ lease: "7h" }, "a lease of 420 min is longer than maxTrial, 360 min"],
    [
      { lease: "90s" },
      "a lease of 90 s is too short to be extended in time: twice the grace of 2 min",
    ],
  ])("is refused where it cannot be: %o", (plan, why) => {
    expect(() => new Home({ soak: "5m", ...plan })).toThrow(why);
  });
});

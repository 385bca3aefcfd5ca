import { describe, expect, it } from "vitest";
import { parseHostName } from "../../src/contract/index.ts";
import { by, Home, nuc, pathOf, rp4 } from "./scenes.ts";

const done = (plan: object = {}): Home => new Home(plan).ready().succeeds(rp4, nuc);

describe("a release", () => {
  it("waits for a newer one for as long as it settles: a burst is one rollout", () => {
    const home = new Home({ settle: "10m" }).here(rp4, nuc).offer(7).wait(5).offer(8).wait(5);
    expect(home.state.rollout).toBeNull();
    expect(home.wait(5).state.rollout).toMatchObject({ serial: 8, phase: "Progressing" });
  });

  it("settles no longer when somebody says deploy now, and needs no soak then", () => {
    const home = new Home({ settle: "10m", soak: "5m" }).here(rp4, nuc).offer(7);
    home.play({ type: "DeployAsked", at: home.at, by, now: true }).staged(rp4, nuc).inTrial(rp4);
    expect(home.states[0]).toBe("rp4 Committing");
  });

  it("starts when somebody says so, where the plan says manual", () => {
    const home = new Home({ start: "manual" }).here(rp4, nuc).offer(7);
    expect(home.state.rollout?.phase).toBe("Pending");
    expect(home.paused).toEqual(["ApprovalRequired"]);
    home.play({ type: "DeployAsked", at: home.at, by, now: false });
    expect(home.state.rollout?.phase).toBe("Progressing");
    const approved = new Home({ start: "manual" }).here(rp4, nuc).offer(7);
    approved.play({ type: "Approved", at: approved.at, by, group: null, host: null });
    expect(approved.state.rollout?.phase).toBe("Progressing");
  });

  it("was asked for while it settled: it starts by itself then", () => {
    const home = new Home({ start: "manual", settle: "10m" }).here(rp4, nuc).offer(7);
    home.play({ type: "DeployAsked", at: home.at, by, now: false }).wait(10);
    expect(home.state.rollout?.phase).toBe("Progressing");
  });

  it("whose closures are all the same as before is a refresh: nothing starts", () => {
    const home = done().offer(8, [rp4, nuc], 7);
    expect(home.told.at(-1)).toBe("ReleaseRecorded");
    expect(home.state.rollout?.serial).toBe(7);
    expect(home.offer(8).last.ignored).toContain("does not rise");
  });

  it("that only renews the statements of one that waits takes its place", () => {
    const home = new Home({ settle: "10m" }).here(rp4, nuc).offer(7).offer(8, [rp4, nuc], 7);
    expect(home.wait(10).state.rollout).toMatchObject({ serial: 8 });
  });

  it("that changes no host is recorded silently, also when it takes one back that waits", () => {
    const home = done({ settle: "10m" });
    expect(home.state.rollout).toBeNull();
    home.wait(10).staged(rp4, nuc).succeeds(rp4, nuc);
    expect(home.state.rollout?.completion).toBe("Promoted");
    home.offer(8).wait(1).offer(9, [rp4, nuc], 7);
    expect(home.state.next).toBeNull();
    expect(home.told.at(-1)).toBe("ReleaseRecorded");
  });

  it("that names some hosts only leaves the others alone", () => {
    expect(done().offer(8, [nuc]).states).toEqual(["nuc Staging"]);
  });

  it("reports hosts it does not know, and skips them", () => {
    const stranger = parseHostName("x9");
    const home = new Home().here(rp4, nuc).offer(7, [rp4, stranger]);
    expect(home.state.rollout?.strangers).toEqual(["x9"]);
    expect(home.offer(9, [stranger]).last.ignored).toContain("no host of the plan");
  });

  it("takes a host that it does not change as done, by the host's own report", () => {
    const home = done();
    const offer = { ...home.state };
    expect(offer.rollout?.completion).toBe("Promoted");
    home.play({
      type: "ReleaseVerified",
      at: home.at,
      release: {
        ...{ channel: "main" as never, serial: 8 as never, title: null },
        hosts: [
          {
            host: rp4,
            target: home.target(rp4),
            statement: "8".repeat(64) as never,
            serial: 8 as never,
          },
          { host: nuc, target: home.target(rp4), statement: "8".repeat(64) as never },
        ],
      },
    });
    expect(home.states).toEqual(["rp4 AlreadyInstalled", "nuc Staging"]);
  });
});

describe("a newer release", () => {
  it("drains the one under way: who is in trial finishes, nobody else begins", () => {
    const home = new Home().ready().offer(8);
    expect(home.states).toEqual(["rp4 Activating", "nuc Canceled"]);
    expect(home.paused).toEqual(["Draining"]);
    home.succeeds(rp4);
    expect(home.told.filter((one) => one === "RolloutEnded")).toHaveLength(1);
    expect(home.state.rollout).toMatchObject({ serial: 8, phase: "Progressing" });
    expect(home.states).toEqual(["rp4 Staging", "nuc Staging"]);
  });

  it("is kept in one slot, the newest wins", () => {
    const home = new Home().ready().offer(8).offer(9).succeeds(rp4);
    expect(home.state.rollout?.serial).toBe(9);
  });

  it("takes the place of one that waits for its start or its hosts", () => {
    const home = new Home({ start: "manual" }).here(rp4, nuc).offer(7).offer(8);
    expect(home.state.rollout).toMatchObject({ serial: 8, phase: "Pending" });
  });

  it("with the content of an older one is an ordinary release", () => {
    const home = done().offer(8).staged(rp4, nuc).succeeds(rp4).offer(9, [rp4, nuc], 7);
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Activating"]);
    const outcome = { code: "rolled-back", reason: null, message: "" } as const;
    home.says(nuc, { outcome, current: pathOf(nuc, 7) });
    expect(home.states).toEqual(["rp4 Staging", "nuc AlreadyInstalled"]);
  });

  it("comes too late for one whose last host is done anyway", () => {
    const home = new Home().ready().succeeds(rp4).inTrial(nuc).offer(8);
    home.ended(nuc, "succeeded");
    expect(home.state.rollout?.serial).toBe(8);
    expect(home.told.filter((one) => one === "RolloutEnded")).toHaveLength(1);
  });
});

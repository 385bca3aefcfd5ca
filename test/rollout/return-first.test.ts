import { expect, it } from "vitest";
import { by, Home, nuc, pathOf, release, rp3, rp4 } from "./scenes.ts";

it("a release that comes while hosts return waits until they have, and then begins", () => {
  const home = new Home({ onFailure: "roll-back" }).ready().succeeds(rp4, nuc).offer(8);
  home.staged(rp4, nuc).succeeds(rp4).ended(nuc, "failed").offer(9);
  expect(home.state.rollout?.phase).toBe("RollingBack");
  expect(home.staged(rp4).orders.at(-1)).toBe("rp4 trial back");
  expect(home.paused).toEqual([]);
  home.succeeds(rp4);
  expect(home.state.rollout).toMatchObject({ serial: 9, phase: "Progressing" });
});

const onlyAfterRp3 = { hosts: ["rp3", { host: "rp4", after: ["rp3"] }, "nuc"] };

/** rp3 and rp4 have kept release 8, nuc has not: all three go back to 7. */
const goingBack = (): Home => {
  const home = new Home({ ...onlyAfterRp3, onFailure: "roll-back" }).ready();
  home.succeeds(rp3, rp4, nuc).offer(8).staged(rp3, rp4, nuc).succeeds(rp3, rp4);
  return home.ended(nuc, "failed");
};

it("a host that refuses to return does not keep those that wait for it from returning", () => {
  const home = goingBack();
  const refusal = { code: "not-committed-here", message: "", at: home.at } as const;
  const { order } = home.state.hosts.root.entries[0]?.step ?? {};
  home.says(rp3, { refusal: { ...refusal, counter: order?.counter ?? 0 } });
  expect(home.states[0]).toBe("rp3 Rejected");
  expect(home.staged(rp4).orders.at(-1)).toBe("rp4 trial back");
  home.succeeds(rp4);
  expect(home.states).toEqual(["rp3 Rejected", "rp4 RolledBack", "nuc Failed"]);
  expect(home.state.rollout?.completion).toBe("RollbackFailed");
});

it("a host that has returned before those that wait for it does not keep them from returning", () => {
  const home = goingBack().staged(rp3).succeeds(rp3).staged(rp4);
  expect(home.orders.at(-1)).toBe("rp4 trial back");
  home.succeeds(rp4);
  expect(home.states).toEqual(["rp3 RolledBack", "rp4 RolledBack", "nuc Failed"]);
  expect(home.state.rollout?.completion).toBe("RolledBack");
});

it("a host returns under the statement it has committed, not under a newer one of the same closure", () => {
  const home = new Home({ onFailure: "roll-back" }).ready().succeeds(rp4, nuc);
  const hosts = [...release(8, [rp4], 7).hosts, ...release(8, [nuc]).hosts];
  home.play({ type: "ReleaseVerified", at: home.at, release: { ...release(8, []), hosts } });
  expect(home.states).toEqual(["rp4 AlreadyInstalled", "nuc Staging"]);
  home.staged(nuc).succeeds(nuc);
  home.offer(9).staged(rp4, nuc).succeeds(rp4).ended(nuc, "failed");
  const { statement, target } = home.state.hosts.root.entries[0]?.step ?? {};
  expect({ statement, target }).toEqual({
    statement: "7".padStart(64, "0"),
    target: pathOf(rp4, 7),
  });
});

it("hosts return although the last gate, which sent them back, has found the house ill", () => {
  const home = new Home({ onFailure: "roll-back", gates: ["final"] }).ready().succeeds(rp4, nuc);
  const judged = (verdict: "Successful" | "Failed"): Home => {
    const { rollout } = home.key(rp4);
    const attempt = home.state.rollout?.run ?? 0;
    const what = { place: "final", host: null, verdict, why: "" } as const;
    return home.play({ type: "GateJudged", at: home.at, rollout, attempt, ...what });
  };
  judged("Successful").offer(8).staged(rp4, nuc).succeeds(rp4, nuc);
  judged("Failed").staged(rp4, nuc);
  expect(home.state.rollout?.phase).toBe("RollingBack");
  expect(home.paused).toEqual([]);
  expect(home.orders.at(-1)).toBe("nuc trial back");
});

it("a host on its way back needs no healthy house before it: that is what it returns for", () => {
  const home = new Home({ gates: ["preflight"] }).here(rp4, nuc);
  const passes = (host: typeof rp4): Home =>
    home.play({
      ...{ type: "GateJudged", at: home.at, place: "preflight", verdict: "Successful", why: "" },
      ...home.key(host),
    });
  for (const serial of [7, 8]) {
    home.offer(serial).staged(rp4, nuc);
    passes(rp4).succeeds(rp4);
    passes(nuc).succeeds(nuc);
  }
  home.play({ type: "RollbackAsked", at: home.at, by, host: rp4 }).staged(rp4);
  expect(home.states[0]).toBe("rp4 Activating");
});

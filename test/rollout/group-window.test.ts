import { describe, expect, it } from "vitest";
import { instant, parseHostName } from "../../src/contract/index.ts";
import {
  nextWakeAt,
  opensAt,
  parsePlan,
  parseState,
  plainReason,
} from "../../src/rollout/index.ts";
import { by, Home, MINUTE_MS, NOON, nuc, rp3, rp4, x1 } from "./scenes.ts";

/** Home's clock begins at 12:00 UTC, a Monday; in Berlin it is 14:00. */
const AFTERNOON = { zone: "Europe/Berlin", allow: [{ from: "15:00", to: "18:00" }] };
const OPENS = instant(NOON + 60 * MINUTE_MS);
const laptop = { host: "x1", optional: true };

/** rp4 first, x1 whenever it is there, nuc in its own times. */
const groupsWith = (windows: object) => [
  { name: "pis", hosts: ["rp4"] },
  { name: "laptop", hosts: [laptop] },
  { name: "server", hosts: ["nuc"], windows },
];
const home = (plan: object = {}): Home => new Home({ groups: groupsWith(AFTERNOON), ...plan });
const whyPaused = ({ state }: Home): string => plainReason(state.rollout?.paused[0]?.why ?? null);

describe("a group with times of its own", () => {
  it("holds back nobody before its turn has come", () => {
    const story = home().here(rp4, nuc).offer(7).staged(rp4, nuc);
    expect([story.states[0], story.paused]).toEqual(["rp4 Activating", []]);
  });

  it("pauses the rollout when its turn has come, and says when it goes on", () => {
    const story = home().here(rp4, nuc).offer(7).staged(rp4, nuc).succeeds(rp4);
    expect(story.states).toEqual(["rp4 Succeeded", "x1 Queued", "nuc Staged"]);
    expect(story.paused).toEqual(["OutsideWindow"]);
    expect(whyPaused(story)).toBe(
      "outside the times of the group server, which may begin at 2026-07-13 15:00",
    );
    expect(opensAt(story.state)).toBe(OPENS);
    expect(nextWakeAt(story.state)).toBe(OPENS);
    expect(story.wait(59).states[2]).toBe("nuc Staged");
    expect([story.wait(1).states[2], story.paused]).toEqual(["nuc Activating", []]);
    expect(opensAt(story.state)).toBeNull();
  });

  it("lets a laptop that comes meanwhile go on, and waits on", () => {
    const story = home().here(rp4, nuc).offer(7).staged(rp4, nuc).succeeds(rp4);
    story.here(x1).staged(x1);
    expect([story.states[1], story.paused]).toEqual(["x1 Activating", ["OutsideWindow"]]);
    story.succeeds(x1);
    expect([story.states[1], story.paused]).toEqual(["x1 Succeeded", ["OutsideWindow"]]);
  });

  it("that are open goes in times that are closed by the plan's", () => {
    const windows = { zone: "UTC", deny: [{ from: "11:00", to: "13:00" }] };
    const own = { zone: "UTC", allow: [{ from: "12:00", to: "13:00" }] };
    const groups = [
      { name: "pis", hosts: ["rp4"], windows: own },
      { name: "server", hosts: ["nuc"] },
    ];
    const story = new Home({ groups, windows }).ready();
    expect(story.states).toEqual(["rp4 Activating", "nuc Staged"]);
    story.succeeds(rp4);
    expect([story.states[1], story.paused]).toEqual(["nuc Staged", ["OutsideWindow"]]);
    expect(whyPaused(story)).toBe("outside the times that the plan allows");
    expect(opensAt(story.state)).toBe(OPENS);
    expect(story.wait(60).states[1]).toBe("nuc Activating");
  });

  it("that never come is said to wait for nothing", () => {
    const never = { zone: "UTC", allow: [{ days: [], from: "20:00", to: "21:00" }] };
    const story = home({ groups: groupsWith(never) })
      .here(rp4, nuc)
      .offer(7);
    story.staged(rp4, nuc).succeeds(rp4);
    expect(whyPaused(story)).toBe("the times of the group server do not come");
    expect([opensAt(story.state), story.paused]).toEqual([null, ["OutsideWindow"]]);
  });

  it("closes early enough for its soak", () => {
    const story = home({ soak: "10m" })
      .here(rp4, nuc)
      .wait(60 + 171);
    story.offer(7).staged(rp4, nuc).inTrial(rp4).wait(10).ended(rp4, "succeeded");
    expect([story.states[2], story.paused]).toEqual(["nuc Staged", ["OutsideWindow"]]);
    expect(opensAt(story.state)).toBe(OPENS + 24 * 60 * MINUTE_MS);
  });

  it("keeps to the clock on its wall when that is put back", () => {
    const story = home();
    story.nowMs = Date.parse("2026-10-24T16:30:00Z"); // Saturday 18:30 in Berlin, an hour longer than usual
    story.wait(0).here(rp4, nuc).offer(7).staged(rp4, nuc).succeeds(rp4);
    expect(whyPaused(story)).toMatch(/ 2026-10-25 15:00$/);
    expect(opensAt(story.state)).toBe(Date.parse("2026-10-25T14:00:00Z"));
  });

  it("waits for an approval and its times side by side", () => {
    const [pis, laptops, server] = groupsWith(AFTERNOON);
    const story = home({ groups: [pis, laptops, { ...server, approval: "group" }] });
    story.here(rp4, nuc).offer(7).staged(rp4, nuc).succeeds(rp4);
    expect(story.paused).toEqual(["OutsideWindow", "ApprovalRequired"]);
    story.play({ type: "Approved", at: story.at, by, group: null, host: null });
    expect([story.paused, story.wait(60).states[2]]).toEqual([["OutsideWindow"], "nuc Activating"]);
  });

  it("keeps a flow's trial waiting that asks for it after the times have passed", () => {
    const groups = groupsWith({ zone: "UTC", allow: [{ from: "12:00", to: "12:30" }] });
    const story = home({ groups, conduct: "flow" }).here(rp4, nuc).offer(7).staged(rp4, nuc);
    story.play({ type: "TrialAsked", at: story.at, ...story.key(rp4) });
    story.inTrial(rp4).play({ type: "StepKept", at: story.at, ...story.key(rp4) });
    story.ended(rp4, "succeeded").wait(31);
    story.play({ type: "TrialAsked", at: story.at, ...story.key(nuc) });
    expect([story.states[2], story.paused]).toEqual(["nuc Staged", ["OutsideWindow"]]);
    expect(story.wait(24 * 60 - 31).states[2]).toBe("nuc Activating");
  });

  it("returns its hosts within them as well, and others meanwhile", () => {
    const groups = [
      { name: "pis", hosts: ["rp3", "rp4"] },
      { name: "server", hosts: ["nuc"], windows: AFTERNOON },
    ];
    const story = new Home({ groups }).wait(60).ready().succeeds(rp3, rp4, nuc);
    story.offer(8).staged(rp3, rp4, nuc).succeeds(rp3, rp4, nuc).wait(180);
    story.play({ type: "RollbackAsked", at: story.at, by, host: null }).staged(rp3, rp4, nuc);
    expect(story.states).toEqual(["rp3 Staged", "rp4 Activating", "nuc Staged"]);
    story.succeeds(rp4).succeeds(rp3);
    expect(story.states).toEqual(["rp3 RolledBack", "rp4 RolledBack", "nuc Staged"]);
    expect(story.paused).toEqual(["OutsideWindow"]);
    expect(story.wait(21 * 60).states[2]).toBe("nuc Activating");
  });

  it("lets the hosts of earlier and later groups return while it waits", () => {
    const named = (from: number) => Array.from({ length: 10 }, (_, at) => `h${from + at}`);
    const groups = [
      { name: "a", hosts: named(0) },
      { name: "b", hosts: named(10), windows: AFTERNOON },
      { name: "c", hosts: named(20) },
    ];
    const both = [parseHostName("h3"), parseHostName("h10")] as const;
    const story = new Home({ groups })
      .wait(60)
      .here(...both)
      .offer(7, both)
      .staged(...both);
    story
      .succeeds(...both)
      .offer(8, both)
      .staged(...both)
      .succeeds(...both)
      .wait(180);
    story.play({ type: "RollbackAsked", at: story.at, by, host: null }).staged(...both);
    expect(story.states).toEqual(["h3 Activating", "h10 Staged"]);
    expect(story.succeeds(both[0]).paused).toEqual(["OutsideWindow"]);
    expect(story.wait(21 * 60).states).toEqual(["h3 RolledBack", "h10 Activating"]);
  });

  it("asks about a host of other times while they are closed", () => {
    const [pis, laptops, server] = groupsWith(AFTERNOON);
    const groups = [pis, { ...laptops, approval: "host" }, server];
    const story = home({ groups }).here(rp4, x1, nuc).offer(7).staged(rp4, x1, nuc).succeeds(rp4);
    expect(story.paused).toEqual(["OutsideWindow", "ApprovalRequired"]);
  });

  it("goes by the new times when the plan has changed, from the next rollout on", () => {
    const story = home().here(rp4, nuc).offer(7).staged(rp4, nuc);
    const open = groupsWith({ zone: "UTC", deny: [] });
    const plan = parsePlan({ settle: "0s", soak: "0s", groups: open });
    story.play({ type: "PlanChanged", at: story.at, plan }).succeeds(rp4);
    expect(story.paused).toEqual(["OutsideWindow"]);
    story.wait(60).succeeds(nuc).wait(300).offer(8).staged(rp4, nuc).succeeds(rp4);
    expect([story.states[2], story.paused]).toEqual(["nuc Activating", []]);
  });
});

describe("the plan's own times", () => {
  it("are those of the plan in force once the rollout has ended that began under others", () => {
    const windows = { zone: "UTC", deny: [{ from: "18:00", to: "23:00" }] };
    const story = new Home().ready();
    const plan = parsePlan({ hosts: ["rp4", "nuc"], settle: "0s", soak: "0s", windows });
    story.play({ type: "PlanChanged", at: story.at, plan }).succeeds(rp4, nuc).wait(400);
    expect(story.offer(8).staged(rp4, nuc).paused).toEqual(["OutsideWindow"]);
  });

  it("open at the end of what denies, not at an edge within", () => {
    const allow = [{ from: "13:00", to: "18:00" }];
    const windows = { zone: "UTC", allow, deny: [{ from: "12:30", to: "14:00" }] };
    const story = new Home({ windows }).ready();
    expect(nextWakeAt(story.state)).toBe(NOON + 30 * MINUTE_MS);
    expect(opensAt(story.state)).toBe(NOON + 120 * MINUTE_MS);
  });
});

describe("a state of version 2, in which no group had times of its own", () => {
  const windows = { zone: "UTC", allow: [{ from: "13:00", to: "14:00" }] };
  const older = (story: Home): unknown => {
    const { groupWindows: _, ...json } = JSON.parse(JSON.stringify(story.state));
    delete json.window.opensAt;
    for (const entry of json.hosts.root.entries) {
      delete entry.clockUnset;
      delete entry.missed?.title;
    }
    for (const { groups } of [json.plan, json.rollout.plan, ...plansIn(json.outbox)]) {
      for (const group of groups) delete group.windows;
    }
    return { ...json, v: 2 };
  };
  const plansIn = (outbox: readonly { readonly rollout?: { readonly plan?: unknown } }[]) =>
    outbox.flatMap(({ rollout }) => (rollout?.plan ? [rollout.plan as { groups: object[] }] : []));

  it("is read, and goes on where it was", () => {
    const story = new Home().ready();
    expect(parseState(older(story))).toEqual(story.state);
  });

  it("is read with what a host has missed, whose title nobody remembers", () => {
    const story = new Home({ groups: [{ name: "all", hosts: ["rp4", laptop] }] }).here(rp4);
    story.offer(7).staged(rp4).succeeds(rp4);
    const { entries } = parseState(older(story)).hosts.root;
    expect(entries[1]?.missed).toMatchObject({ serial: 7, title: null });
  });

  it("learns with the first event when its closed times end", () => {
    const story = new Home({ windows }).ready();
    expect(opensAt(story.state)).toBe(OPENS);
    story.state = parseState(older(story));
    expect(opensAt(story.says(rp4).state)).toBe(OPENS);
    expect(story.wait(60).states[0]).toBe("rp4 Activating");
  });

  it.each([null, [], 7])("is refused where its window is %s", (window) => {
    const json = { ...(older(new Home().ready()) as object), window };
    expect(() => parseState(json)).toThrow("/window");
  });
});

import { describe, expect, it } from "vitest";
import { Decisions } from "../../src/conductor/decisions.ts";
import type { Decided } from "../../src/conductor/index.ts";
import { EVERY, STATE } from "../monitor/every-decision.ts";
import { at, MINUTE_MS } from "../support/contract-builders.ts";
import { nuc, PlayedHome, releaseOf, rp4 } from "./played-home.ts";

function desk() {
  const told: Decided[] = [];
  const failures: unknown[] = [];
  const decisions = new Decisions(
    () => STATE,
    (error) => failures.push(error),
  );
  return {
    told,
    failures,
    decisions,
    listen: () => decisions.listen((one) => void told.push(one)),
  };
}

describe("a decision", () => {
  it("is told once, however often it is sent again", () => {
    const { told, decisions, listen } = desk();
    listen();
    for (const one of [EVERY.Order, EVERY.Order, EVERY.HostEnded, EVERY.HostEnded])
      decisions.tell(one);
    expect(told.map(({ decision }) => decision.type)).toEqual(["Order", "HostEnded"]);
  });

  it("of a switch that says the same again is told once a minute, another answer at once", () => {
    const { told, decisions, listen } = desk();
    listen();
    const refused = { accepted: false, code: "request-refused", message: "" };
    for (const seconds of [0, 10, 20]) decisions.tell({ ...EVERY.Asked, at: at(seconds * 1000) });
    expect(told).toHaveLength(1);
    decisions.tell({ ...EVERY.Asked, at: at(30_000), answer: refused });
    expect(told).toHaveLength(2);
    decisions.tell({ ...EVERY.Asked, at: at(3 * MINUTE_MS) });
    expect(told).toHaveLength(3);
  });

  it("takes nothing from others when a listener fails, and is told to nobody who has left", () => {
    const { told, failures, decisions, listen } = desk();
    const stop = decisions.listen(() => {
      throw new Error("a full disk");
    });
    listen();
    decisions.tell(EVERY.DriftSeen);
    stop();
    decisions.close();
    decisions.tell(EVERY.Resumed);
    expect([told.length, failures.length]).toEqual([1, 1]);
  });
});

describe("the decisions of a home", () => {
  it("tell a whole rollout with a reason each, and leave announcements to those who are told", async () => {
    await using home = new PlayedHome();
    const hub = await home.open({}, false);
    const told: Decided[] = [];
    hub.onDecided((one) => void told.push(one));
    home.play(rp4);
    home.play(nuc);
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(10 * MINUTE_MS);
    const types = told.map(({ decision }) => decision.type);
    expect(types[0]).toBe("RolloutStarted");
    expect(types.at(-1)).toBe("RolloutEnded");
    expect(types.filter((type) => type === "HostEnded")).toHaveLength(2);
    expect(told.filter(({ why }) => why === "")).toEqual([]);
    const happened: string[] = [];
    hub.onHappened(({ announcement }) => void happened.push(announcement.type));
    await home.clock.pass(100);
    expect(happened).toContain("RolloutEnded");
  });

  it("tell what a person asks, and the answer", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const told: Decided[] = [];
    hub.onDecided((one) => void told.push(one));
    await home.clock.pass(60_000);
    hub.ask({ verb: "approve", by: "anna", host: rp4 });
    expect(told.at(-1)).toMatchObject({ decision: { type: "Asked", answer: { accepted: false } } });
    expect(told.at(-1)?.why).toMatch(/^refused \(/);
  });
});

import { describe, expect, test } from "vitest";
import { hasKept, hasUndone } from "../../src/cli/demo/home-sight.ts";
import { tellStory } from "../../src/cli/demo/story.ts";
import type { HostName } from "../../src/contract/index.ts";
import {
  nuc,
  pathIn,
  playedWatch,
  reportIn,
  rolledBack,
  rp3,
  rp4,
  sightOf,
  statusOf,
  succeeded,
  x1,
} from "./demo-sights.ts";

const kept = (host: HostName, release: number) =>
  reportIn(host, release, { phase: "idle", outcome: succeeded });

describe("a host has kept a release", () => {
  const path = pathIn(rp4, 1);
  const isKept = (differences: object): boolean =>
    hasKept(sightOf({ reports: [{ ...kept(rp4, 1), ...differences }] }), rp4, path);

  test("when it says itself that it succeeded, runs it and boots it", () => {
    expect(isKept({})).toBe(true);
  });

  test.each([
    ["it has not reported", { host: nuc }],
    ["it only runs it on trial", { outcome: null, phase: "in-trial" }],
    ["it does not boot it", { profile: pathIn(rp4, 0) }],
    ["it runs something else", { current: pathIn(rp4, 0) }],
    ["it speaks of another release", { target: pathIn(rp4, 0) }],
    ["it came to another end", { outcome: { ...rolledBack } }],
  ])("not when %s", (_why, differences) => {
    expect(isKept(differences)).toBe(false);
  });
});

describe("a host has undone a release", () => {
  const undone = reportIn(rp4, 1, { target: pathIn(rp4, 2), outcome: rolledBack });
  const isUndone = (differences: object): boolean =>
    hasUndone(sightOf({ reports: [{ ...undone, ...differences }] }), rp4, pathIn(rp4, 2));

  test("when it says itself that it was rolled back, and runs and boots the same other system", () => {
    expect(isUndone({})).toBe(true);
  });

  test.each([
    ["it still runs it", { current: pathIn(rp4, 2), profile: pathIn(rp4, 2) }],
    ["it boots something else than it runs", { profile: pathIn(rp4, 0) }],
    ["it kept it", { outcome: succeeded }],
    ["it was another release", { target: pathIn(rp4, 3) }],
  ])("not when %s", (_why, differences) => {
    expect(isUndone(differences)).toBe(false);
  });
});

/** A stage on which the test plays the home. */
function playedStage() {
  const watch = playedWatch();
  const deeds: string[] = [];
  let number = 0;
  const stage = {
    watch,
    house: { press: (on: boolean) => void deeds.push(on ? "switch on" : "switch off") },
    async publish(heating: "works" | "broken", title: string) {
      number += 1;
      deeds.push(`release ${number}, heating ${heating}`);
      const own = number;
      const paths = new Map([rp4, rp3, nuc, x1].map((host) => [host, pathIn(host, own)]));
      const files = { specFile: "", descriptionFile: "" };
      return { number: own, title, heating, paths, ...files };
    },
    openLaptop: async () => void deeds.push("x1 comes home"),
    linger: async () => void deeds.push("lingers"),
    say: () => undefined,
  };
  return { stage, watch, deeds };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const hold = { condition: "Hold", since: 1 as never, why: "held by wall" };
const failure = { condition: "HostFailure", since: 1 as never, why: "" };

describe("the demo's story", () => {
  test("goes on only when the hosts themselves have reported each step", async () => {
    const { stage, watch, deeds } = playedStage();
    const told = tellStory(stage);
    const show = async (what: Parameters<typeof sightOf>[0], next: string): Promise<void> => {
      watch.show(sightOf(what));
      await settled();
      expect(deeds.at(-1)).toBe(next);
    };
    await settled();
    const first = [kept(rp4, 1), kept(rp3, 1)];
    const undone = reportIn(rp4, 1, { target: pathIn(rp4, 2), outcome: rolledBack });
    const promoted = statusOf({ completion: "Promoted" });
    await show({ reports: first, status: promoted }, "release 1, heating works");
    await show({ reports: [...first, kept(nuc, 1)] }, "release 2, heating broken");
    await show({ status: statusOf({ paused: [failure] }) }, "release 2, heating broken");
    await show({ reports: [undone] }, "release 2, heating broken");
    await show({ reports: [undone], status: statusOf({ paused: [failure] }) }, "switch on");
    await show({ holds: ["somebody else"] }, "switch on");
    await show({ holds: ["wall"] }, "release 3, heating works");
    const third = { title: "3: the heating is mended" };
    await show({ status: statusOf({ ...third }) }, "release 3, heating works");
    await show({ status: statusOf({ ...third, paused: [hold] }) }, "switch off");
    expect(deeds.at(-2)).toBe("lingers");
    await show({ reports: [kept(rp4, 3), kept(rp3, 3)] }, "switch off");
    await show({ reports: [kept(rp4, 3), kept(rp3, 3), kept(nuc, 3)] }, "x1 comes home");
    watch.show(sightOf({ reports: [kept(x1, 3)] }));
    await told;
  });

  test.each(["Failed", "Rejected", "RolledBack", "NeedsReboot", "TakenOver", "Inconsistent"])(
    "ends at once when a host of a good release is %s",
    async (state) => {
      const { stage, watch } = playedStage();
      const told = tellStory(stage);
      await settled();
      const hosts = [{ host: rp4, state, why: "closure-corrupt" }];
      watch.show(sightOf({ status: statusOf({ hosts }) }));
      const error = { code: "demo-not-deployed", message: `rp4: ${state}, closure-corrupt` };
      await expect(told).rejects.toMatchObject(error);
    },
  );

  test.each(["activating", "in-trial", "committing"] as const)(
    "ends badly when a host is %s while the wall switch holds",
    async (phase) => {
      const { stage, watch } = playedStage();
      const moves = reportIn(rp4, 1, { phase, target: pathIn(rp4, 3) });
      const told = tellStory({
        ...stage,
        linger: async () => watch.show(sightOf({ reports: [moves] })),
      });
      const message = "rp4 began although the wall switch held";
      const refused = expect(told).rejects.toMatchObject({ code: "demo-not-deployed", message });
      await settled();
      const undone = reportIn(rp4, 1, { target: pathIn(rp4, 2), outcome: rolledBack });
      const third = statusOf({ title: "3: the heating is mended", paused: [hold] });
      for (const sight of [
        { reports: [kept(rp4, 1), kept(rp3, 1), kept(nuc, 1)] },
        { reports: [undone], status: statusOf({ paused: [failure] }) },
        { holds: ["wall"] },
        { status: third },
      ]) {
        watch.show(sightOf(sight));
        await settled();
      }
      await refused;
    },
  );

  test("does not take the bad end of an earlier rollout for that of this release", async () => {
    const { stage, watch, deeds } = playedStage();
    void tellStory(stage);
    await settled();
    const hosts = [{ host: rp4, state: "Failed", why: "" }];
    watch.show(sightOf({ status: statusOf({ title: "0: before", hosts }) }));
    await settled();
    expect(deeds).toEqual(["release 1, heating works"]);
  });
});

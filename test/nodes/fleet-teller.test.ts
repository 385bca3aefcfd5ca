import { describe, expect, it } from "vitest";
import { FleetTeller, type SeenFleet } from "../../node-red-nodes/page/fleet-teller.ts";
import type { Conductor } from "../../src/conductor/index.ts";
import { instant } from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { live, WARM } from "../conductor/lived-house.ts";
import { nuc, PlayedHome, releaseOf, rp4 } from "../conductor/played-home.ts";

const HOME = { language: "en", zone: parseTimeZone("UTC") } as const;

/** A page that looks on, as often as a second passes. */
function openPage(home: PlayedHome, seen: () => SeenFleet | null) {
  const told: { readonly kind: string; readonly said: unknown }[] = [];
  const teller = new FleetTeller({
    find: seen,
    titleOf: (gate) => `gate ${gate}`,
    tell: (kind, said) => told.push({ kind, said }),
    now: () => instant(home.clock.now),
  });
  return {
    teller,
    /** What was told since it was asked last, by kind. */
    look(): readonly string[] {
      teller.look();
      return told.splice(0).map(({ kind }) => kind);
    },
    lookFor(kind: string): unknown {
      teller.look();
      return told.splice(0).find((one) => one.kind === kind)?.said;
    },
  };
}

const as = (conductor: Conductor | null) => (): SeenFleet => ({ conductor, home: HOME });

describe("what an open page is told", () => {
  it("is everything at first, then nothing while nothing changes, but for a beat", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const page = openPage(home, as(hub));
    expect(page.look()).toEqual(["sight", "details", "details", "history", "gates"]);
    await home.clock.pass(1000);
    expect(page.look()).toEqual([]);
    await home.clock.pass(4000);
    expect(page.look()).toEqual(["beat"]);
  });

  it("is what has changed, once", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    const page = openPage(home, as(hub));
    page.look();
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(page.look()).toEqual(expect.arrayContaining(["sight", "details"]));
    expect(page.look()).toEqual([]);
  });

  it("is a rollout in the history when it has ended, once", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    const page = openPage(home, as(hub));
    expect(page.lookFor("history")).toEqual([]);
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(120_000);
    expect(page.lookFor("history")).toMatchObject([
      { outcome: "all hosts are updated", standing: "done" },
    ]);
    await home.clock.pass(60_000);
    expect(page.look()).not.toContain("history");
  });

  it("is each reading of a gate once, the whole trace first", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    hub.openGate("warm", WARM, null);
    await live(home, 1, () => 21);
    const page = openPage(home, as(hub));
    const points = (said: unknown) =>
      (said as { gates: { rows: { sources: { points: unknown[] }[] }[] }[] } | undefined)?.gates[0]
        ?.rows[0]?.sources[0]?.points;
    const first = page.lookFor("gates");
    expect(first).toMatchObject({ isWhole: true, gates: [{ title: "gate warm" }] });
    expect(points(first)).toHaveLength(2);
    await live(home, 0.5, () => 20);
    const next = page.lookFor("gates");
    expect(next).toMatchObject({ isWhole: false });
    expect(points(next)).toHaveLength(1);
  });

  it("is that the fleet is closed, once, and everything anew when another hub has opened", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    let seen: SeenFleet | null = { conductor: hub, home: HOME };
    const page = openPage(home, () => seen);
    page.look();
    seen = null;
    expect(page.look()).toEqual(["closed"]);
    expect(page.look()).toEqual([]);
    const second = await home.restart();
    seen = { conductor: second, home: HOME };
    expect(page.look()).toEqual(["sight", "details", "details", "history", "gates"]);
    seen = { conductor: null, home: HOME };
    expect(page.look()).toEqual(["closed"]);
  });

  it("is the words of time anew after a while, and after a clock that was set back", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const page = openPage(home, as(hub));
    page.look();
    hub.ask({ verb: "hold", by: "test", host: null, duration: null });
    await home.clock.pass(1000);
    expect(page.look()).toContain("sight");
    await home.clock.pass(24 * 3_600_000); // "since 12:00" is "since 14 Jul, 12:00" by now
    expect(page.look()).toContain("sight");
    home.clock.now -= 24 * 3_600_000;
    expect(page.look()).toContain("sight");
  });

  it("is nothing any more when it is closed", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const page = openPage(home, as(hub));
    page.look();
    page.teller.close();
    hub.ask({ verb: "hold", by: "test", host: null });
    await home.clock.pass(1000);
    expect(page.look()).not.toContain("sight");
  });
});

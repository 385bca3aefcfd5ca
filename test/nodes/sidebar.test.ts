import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const ROOT = new URL("../../node-red-nodes/", import.meta.url);
const page = (name: string): Promise<unknown> =>
  import(new URL(`resources/sidebar/${name}.js`, ROOT).href);

interface Button {
  readonly name: string;
  readonly asked: unknown;
  readonly isOn: boolean;
}
interface Model {
  readonly isOpen: boolean;
  readonly headline: { readonly release: string };
  readonly count: unknown;
  readonly announcement: string;
  readonly canAsk: boolean;
  readonly buttons: readonly Button[];
  readonly pauses: readonly { readonly actions: readonly { readonly verb: string }[] }[];
  readonly rows: readonly { readonly why: string; readonly percent: number | null }[];
}
interface Page {
  readonly mayWrite: boolean;
  readonly isStale: boolean;
  readonly holdSource: string | null;
}
interface Fleets {
  chosenFleet(fleets: readonly { readonly id: string }[], wanted: string | null): string | null;
}
/** The browser's own files have no types. */
const { fleetModel, chosenFleet } = (await page("view-model")) as {
  fleetModel(sight: unknown, page: Page): Model;
} & Fleets;
const { openFreshness } = (await page("freshness")) as {
  openFreshness(now: number): {
    readonly isStale: boolean;
    heard(at: number): void;
    lost(): void;
    look(at: number): boolean;
  };
};

const EDITOR: Page = { mayWrite: true, isStale: false, holdSource: "editor" };
const HOST = {
  ...{ host: "rp4", online: true, path: null, progress: null, stepState: "Soaking" },
  words: { running: "14 Jul, bump", state: "in trial", standing: "active", why: "", marks: [] },
};
const UNDER_WAY = { phase: "Progressing", completion: null, paused: [] };
const sightWith = (rest: object = {}, words: object = {}) => ({
  ...{ at: 0, isConnected: true, isLearning: false, holds: [], next: null, hosts: [HOST] },
  status: UNDER_WAY,
  words: {
    ...{ language: "en", release: "14 Jul, bump", state: "under way", standing: "active" },
    ...{ lines: [], pauses: [] },
    ...words,
  },
  ...rest,
});
const on = (sight: object, who: Page = EDITOR): readonly string[] =>
  fleetModel(sight, who)
    .buttons.filter(({ isOn }) => isOn)
    .map(({ name }) => name);
const everything = { source: "wall", host: null };

describe("the buttons of the sidebar", () => {
  test("hold, hurry or stop a rollout under way", () => {
    expect(on(sightWith())).toEqual(["hold", "deployNow", "abort"]);
  });

  test("only hold while nothing is under way: the next release is what is held", () => {
    expect(on(sightWith({ status: null }))).toEqual(["hold"]);
    expect(on(sightWith({ status: { ...UNDER_WAY, completion: "Promoted" } }))).toEqual(["hold"]);
  });

  test("deploy a release that waits, or a rollout that waits to be approved", () => {
    const next = { serial: 1, title: "bump" };
    expect(on(sightWith({ status: null, next }))).toEqual(["hold", "deploy", "deployNow"]);
    const paused = [{ condition: "ApprovalRequired" }];
    expect(on(sightWith({ status: { ...UNDER_WAY, paused } }))).toContain("deploy");
  });

  test("resume what is held; what is held as a whole is not held again", () => {
    expect(on(sightWith({ holds: [everything] }))).toEqual(["resume", "deployNow", "abort"]);
    const oneHost = [{ source: "wall", host: "rp4" }];
    expect(on(sightWith({ holds: oneHost }))).toEqual(["hold", "resume", "deployNow", "abort"]);
  });

  test("do not stop what is rolling back", () => {
    expect(on(sightWith({ status: { ...UNDER_WAY, phase: "RollingBack" } }))).not.toContain(
      "abort",
    );
  });

  test.each([
    ["the view is of before", sightWith(), { ...EDITOR, isStale: true }],
    ["the hub has no broker", sightWith({ isConnected: false }), EDITOR],
    ["the hub still listens", sightWith({ isLearning: true }), EDITOR],
  ])("are all off while %s", (_when, sight, who) => {
    expect(on(sight, who)).toEqual([]);
    expect(fleetModel(sight, who)).toMatchObject({ canAsk: false });
  });

  test("are not there for who may only look, those of a pause neither", () => {
    const pauses = [
      { condition: "HostFailure", title: "", lines: [], actions: [{ verb: "retry" }] },
    ];
    const model = fleetModel(sightWith({}, { pauses }), { ...EDITOR, mayWrite: false });
    expect(model).toMatchObject({ canAsk: false, buttons: [], pauses: [{ actions: [] }] });
  });

  test("hold under the page's own name, or under that of who is logged in", () => {
    const held = (holdSource: string | null): unknown =>
      fleetModel(sightWith(), { ...EDITOR, holdSource }).buttons[0]?.asked;
    expect(held("editor")).toEqual({ verb: "hold", source: "editor" });
    expect(held(null)).toEqual({ verb: "hold" });
  });

  test("leave stopping to the one button that asks back", () => {
    const actions = [{ verb: "retry" }, { verb: "skip" }, { verb: "abort" }];
    const pauses = [{ condition: "HostFailure", title: "", lines: [], actions }];
    const model = fleetModel(sightWith({}, { pauses }), EDITOR);
    expect(model.pauses[0]?.actions.map(({ verb }) => verb)).toEqual(["retry", "skip"]);
  });
});

describe("what the sidebar shows", () => {
  test("nothing of a fleet that is not open", () => {
    expect(fleetModel(null, EDITOR)).toEqual({ isOpen: false });
  });

  test("no release's name before the first one", () => {
    const model = fleetModel(sightWith({ status: null }, { state: "no release yet" }), EDITOR);
    expect(model.headline.release).toBe("");
    expect(model.announcement).toBe("no release yet");
  });

  test("how many hosts are there", () => {
    const hosts = [HOST, { ...HOST, host: "x1", online: false }];
    expect(fleetModel(sightWith({ hosts }), EDITOR).count).toEqual({ online: 1, all: 2 });
  });

  test("nobody as away while the hub itself has no broker and cannot know", () => {
    const hosts = [{ ...HOST, online: false }];
    const model = fleetModel(sightWith({ hosts, isConnected: false }), EDITOR);
    expect(model.count).toBeNull();
    expect(model.rows).toMatchObject([{ isAway: false }]);
  });

  test("progress only while something is loaded, and reasons only where one asks for them", () => {
    const progress = { percent: 100 };
    const why = "It was not there.";
    const hosts = [
      { ...HOST, stepState: "Staging", progress: { percent: 40 } },
      { ...HOST, stepState: "Staged", progress, words: { ...HOST.words, standing: "wrong", why } },
      { ...HOST, words: { ...HOST.words, standing: "done", why } },
    ];
    const { rows } = fleetModel(sightWith({ hosts }), EDITOR);
    expect(rows.map(({ percent }) => percent)).toEqual([40, null, null]);
    expect(rows.map((row) => row.why)).toEqual(["", why, ""]);
  });

  test("a reason once: where a pause gives it the row does not say it again", () => {
    const why = "It was not there.";
    const hosts = [{ ...HOST, words: { ...HOST.words, standing: "wrong", why } }];
    const pauses = [
      { condition: "HostFailure", title: "", lines: [`rp4: ${why}`, "Retry it."], actions: [] },
    ];
    expect(fleetModel(sightWith({ hosts }, { pauses }), EDITOR).rows[0]?.why).toBe("");
  });

  test("the fleet that was chosen while it is there, else the first", () => {
    const fleets = [{ id: "home" }, { id: "cabin" }];
    expect(chosenFleet(fleets, "cabin")).toBe("cabin");
    expect(chosenFleet(fleets, "sold")).toBe("home");
    expect(chosenFleet([], "home")).toBeNull();
  });
});

describe("whether it is still so", () => {
  const looking = (
    freshness: { look(at: number): boolean },
    from: number,
    to: number,
  ): number[] => {
    const asked: number[] = [];
    for (let at = from; at <= to; at += 2000) if (freshness.look(at)) asked.push(at);
    return asked;
  };

  test("the hub is asked when nothing was heard for 15 s", () => {
    const freshness = openFreshness(0);
    freshness.heard(0);
    expect(looking(freshness, 2000, 16_000)).toEqual([16_000]);
    expect(freshness.isStale).toBe(false);
  });

  test("who got no answer asks again at each look, and what is shown is old", () => {
    const freshness = openFreshness(0);
    freshness.heard(0);
    freshness.lost();
    expect(freshness.isStale).toBe(true);
    expect(looking(freshness, 2000, 6000)).toEqual([2000, 4000, 6000]);
    freshness.heard(6500);
    expect(freshness.isStale).toBe(false);
  });

  test("after a sleep the hub is asked at once, and until it answers what is shown is old", () => {
    const freshness = openFreshness(0);
    freshness.heard(0);
    freshness.look(2000);
    expect(freshness.look(3_600_000)).toBe(true);
    expect(freshness.isStale).toBe(true);
  });

  test("a page that nobody looked at but that was told everything is not old", () => {
    const freshness = openFreshness(0);
    freshness.heard(59_000);
    expect(freshness.look(60_000)).toBe(false);
    expect(freshness.isStale).toBe(false);
  });

  test("a clock that was set back does not keep it from asking", () => {
    const freshness = openFreshness(3_600_000);
    freshness.heard(3_600_000);
    expect(freshness.look(1000)).toBe(true);
    expect(freshness.look(3000)).toBe(true);
  });
});

describe("the sidebar's catalogues", () => {
  const folder = new URL("sidebar/locales/", ROOT);
  const keysOf = (value: object, path = ""): string[] =>
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === "string" ? [`${path}${key}`] : keysOf(inner as object, `${path}${key}.`),
    );
  const read = (language: string) =>
    JSON.parse(readFileSync(new URL(`${language}/nixwave-sidebar.json`, folder), "utf8")) as object;

  test("say the same in each language", () => {
    expect(readdirSync(folder).toSorted((a, b) => a.localeCompare(b))).toEqual(["de", "en-US"]);
    expect(keysOf(read("de"))).toEqual(keysOf(read("en-US")));
  });
});

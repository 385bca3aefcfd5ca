import { describe, expect, test } from "vitest";

const ROOT = new URL("../../node-red-nodes/", import.meta.url);
const page = (name: string): Promise<unknown> =>
  import(new URL(`resources/page/${name}.js`, ROOT).href);

interface Button {
  readonly name: string;
  readonly isOn: boolean;
  readonly hurries?: boolean;
  readonly hosts?: readonly string[];
}
interface Model {
  readonly isOpen: boolean;
  readonly headline: { readonly release: string };
  readonly count: unknown;
  readonly announcement: string;
  readonly canAsk: boolean;
  readonly buttons: readonly Button[];
  readonly pauses: readonly { readonly actions: readonly { readonly verb: string }[] }[];
  readonly groups: readonly {
    readonly name: string | null;
    readonly rows: readonly {
      readonly host: string;
      readonly why: string;
      readonly percent: number | null;
    }[];
  }[];
}
interface Page {
  readonly mayWrite: boolean;
  readonly isStale: boolean;
}
interface Fleets {
  chosenFleet(fleets: readonly { readonly id: string }[], wanted: string | null): string | null;
  stillAsked(question: object | null, sight: unknown): object | null;
}
/** The browser's own files have no types. */
const { fleetModel, chosenFleet, stillAsked } = (await page("view-model")) as {
  fleetModel(sight: unknown, page: Page): Model;
} & Fleets;
const OWNER: Page = { mayWrite: true, isStale: false };
const HOST = {
  ...{ host: "rp4", online: true, path: null, progress: null, stepState: "Soaking" },
  words: { running: "14 Jul, bump", state: "in trial", standing: "active", why: "", marks: [] },
};
const UNDER_WAY = { phase: "Progressing", completion: null, paused: [] };
const OVER = { ...UNDER_WAY, completion: "Promoted" };
const sightWith = (rest: object = {}, words: object = {}) => ({
  ...{ at: 0, isConnected: true, isLearning: false, holds: [], next: null, hosts: [HOST] },
  groups: [],
  status: UNDER_WAY,
  words: {
    ...{ language: "en", release: "14 Jul, bump", state: "under way", standing: "active" },
    ...{ lines: [], pauses: [] },
    ...words,
  },
  ...rest,
});
const on = (sight: object, who: Page = OWNER): readonly string[] =>
  fleetModel(sight, who)
    .buttons.filter(({ isOn }) => isOn)
    .map(({ name }) => name);
const buttonIn = (sight: object, wanted: string): Button | undefined =>
  fleetModel(sight, OWNER).buttons.find(({ name }) => name === wanted);
const everything = { source: "wall", host: null };

describe("the dialog of a button beside a reason", () => {
  const skip = { verb: "skip", host: "rp4" };
  const askedBy = (...conditions: readonly string[]) =>
    sightWith({}, { pauses: conditions.map((condition) => ({ condition, actions: [skip] })) });
  const refuse = { condition: "ApprovalRequired", ...skip };

  test("stays for as long as that is asked", () => {
    expect(stillAsked(refuse, askedBy("Hold", "ApprovalRequired"))).toBe(refuse);
  });

  test("goes when somebody else has answered, also where its button would mean another thing now", () => {
    expect(stillAsked(refuse, askedBy())).toBeNull();
    expect(stillAsked(refuse, askedBy("HostFailure"))).toBeNull();
    expect(stillAsked({ ...refuse, host: "nuc" }, askedBy("ApprovalRequired"))).toBeNull();
  });

  test("of another button, and none, is left as it is", () => {
    const hold = { name: "hold" };
    expect([hold, null].map((question) => stillAsked(question, askedBy()))).toEqual([hold, null]);
  });
});

describe("the buttons of the page", () => {
  test("hold, hurry or stop a rollout under way", () => {
    expect(on(sightWith())).toEqual(["hold", "deploy", "abort"]);
    expect(buttonIn(sightWith(), "deploy")).toMatchObject({ hurries: true });
  });

  test("only hold while nothing is under way: the next release is what is held", () => {
    expect(on(sightWith({ status: null }))).toEqual(["hold"]);
    expect(on(sightWith({ status: OVER }))).toEqual(["hold"]);
  });

  test("deploy a release that waits, or a rollout that waits to be approved", () => {
    const next = { serial: 1, title: "bump" };
    expect(on(sightWith({ status: null, next }))).toEqual(["hold", "deploy"]);
    const paused = [{ condition: "ApprovalRequired" }];
    const asking = sightWith({ status: { ...UNDER_WAY, paused } });
    expect(buttonIn(asking, "deploy")).toMatchObject({ isOn: true, hurries: false });
  });

  test("resume what is held; what is held as a whole is not held again", () => {
    expect(on(sightWith({ holds: [everything] }))).toEqual(["resume", "deploy", "abort"]);
    const oneHost = [{ source: "wall", host: "rp4" }];
    expect(on(sightWith({ holds: oneHost }))).toEqual(["hold", "resume", "deploy", "abort"]);
  });

  test("do not stop what is rolling back", () => {
    expect(on(sightWith({ status: { ...UNDER_WAY, phase: "RollingBack" } }))).not.toContain(
      "abort",
    );
  });

  test("roll back, when it is over, whoever was updated", () => {
    const hosts = [
      { ...HOST, stepState: "Succeeded" },
      { ...HOST, host: "rp3" },
    ];
    const over = sightWith({ status: OVER, hosts });
    expect(buttonIn(over, "rollback")).toMatchObject({ isOn: true, hosts: ["rp4"] });
    expect(on(sightWith({ hosts }))).not.toContain("rollback");
    expect(on(sightWith({ status: OVER }))).not.toContain("rollback");
  });

  test.each([
    ["the view is of before", sightWith(), { ...OWNER, isStale: true }],
    ["the hub has no broker", sightWith({ isConnected: false }), OWNER],
    ["the hub still listens", sightWith({ isLearning: true }), OWNER],
  ])("are all off while %s", (_when, sight, who) => {
    expect(on(sight, who)).toEqual([]);
    expect(fleetModel(sight, who)).toMatchObject({ canAsk: false });
  });

  test("are not there for who may only look, those of a pause neither", () => {
    const pauses = [
      { condition: "HostFailure", title: "", lines: [], actions: [{ verb: "retry" }] },
    ];
    const model = fleetModel(sightWith({}, { pauses }), { ...OWNER, mayWrite: false });
    expect(model).toMatchObject({ canAsk: false, buttons: [], pauses: [{ actions: [] }] });
  });

  test("leave stopping to its main button", () => {
    const actions = [{ verb: "retry" }, { verb: "skip" }, { verb: "abort" }];
    const pauses = [{ condition: "HostFailure", title: "", lines: [], actions }];
    const model = fleetModel(sightWith({}, { pauses }), OWNER);
    expect(model.pauses[0]?.actions.map(({ verb }) => verb)).toEqual(["retry", "skip"]);
  });
});

describe("what the page shows", () => {
  test("nothing of a fleet that is not open", () => {
    expect(fleetModel(null, OWNER)).toEqual({ isOpen: false });
  });

  test("no release's name before the first one", () => {
    const model = fleetModel(sightWith({ status: null }, { state: "no release yet" }), OWNER);
    expect(model.headline.release).toBe("");
    expect(model.announcement).toBe("no release yet");
  });

  test("how many hosts are there", () => {
    const hosts = [HOST, { ...HOST, host: "x1", online: false }];
    expect(fleetModel(sightWith({ hosts }), OWNER).count).toEqual({ online: 1, all: 2 });
  });

  test("nobody as away while the hub itself has no broker and cannot know", () => {
    const hosts = [{ ...HOST, online: false }];
    const model = fleetModel(sightWith({ hosts, isConnected: false }), OWNER);
    expect(model.count).toBeNull();
    expect(model.groups).toMatchObject([{ rows: [{ isAway: false }] }]);
  });

  test("progress only while something is loaded, and reasons only where one asks for them", () => {
    const progress = { percent: 100 };
    const why = "It was not there.";
    const hosts = [
      { ...HOST, stepState: "Staging", progress: { percent: 40 } },
      {
        ...HOST,
        host: "rp3",
        stepState: "Staged",
        progress,
        words: { ...HOST.words, standing: "wrong", why },
      },
      { ...HOST, host: "nuc", words: { ...HOST.words, standing: "done", why } },
    ];
    const rows = fleetModel(sightWith({ hosts }), OWNER).groups[0]?.rows ?? [];
    expect(rows.map(({ percent }) => percent)).toEqual([40, null, null]);
    expect(rows.map((row) => row.why)).toEqual(["", why, ""]);
  });

  test("a reason once: where a pause gives it the row does not say it again", () => {
    const why = "It was not there.";
    const hosts = [{ ...HOST, words: { ...HOST.words, standing: "wrong", why } }];
    const pauses = [
      { condition: "HostFailure", title: "", lines: [`rp4: ${why}`, "Retry it."], actions: [] },
    ];
    expect(fleetModel(sightWith({ hosts }, { pauses }), OWNER).groups[0]?.rows[0]?.why).toBe("");
  });

  test("hosts in the plan's groups, without a heading where a group is one host of that name", () => {
    const hosts = ["rp4", "rp3", "nuc", "x1"].map((host) => ({ ...HOST, host }));
    const groups = [
      { name: "rooms", hosts: ["rp3", "rp4"] },
      { name: "nuc", hosts: ["nuc"] },
    ];
    const shown = fleetModel(sightWith({ hosts, groups }), OWNER).groups.map(({ name, rows }) => [
      name,
      rows.map(({ host }) => host).join(" "),
    ]);
    expect(shown).toEqual([
      ["rooms", "rp3 rp4"],
      [null, "nuc x1"],
    ]);
  });

  test("the fleet that was chosen while it is there, else the first", () => {
    const fleets = [{ id: "home" }, { id: "cabin" }];
    expect(chosenFleet(fleets, "cabin")).toBe("cabin");
    expect(chosenFleet(fleets, "sold")).toBe("home");
    expect(chosenFleet([], "home")).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { NixwaveError } from "../../src/contract/index.ts";
import { MAX_GAP_MS, parseGateState, reduceGate } from "../../src/gate/index.ts";
import { at, MINUTE, ROOM, Story } from "./story.ts";

const FULL = {
  soak: "5m",
  rows: [
    {
      topics: ["room", "bath"],
      is: "above",
      limit: 15,
      quorum: 1,
      interval: "1m",
      allowedIncrease: 5,
      control: { topic: "hall" },
      ask: { topic: "cmnd/room" },
      carriedBy: ["nuc"],
    },
    { query: "alerts", is: "no-new-alert", interval: "1m" },
  ],
};

const minute = (story: Story, room = 20): Story =>
  story
    .wait(MINUTE)
    .hear("hall", 18)
    .hear("room", room)
    .hear("bath", 21)
    .hear("alerts", [{ kind: "alerts", name: "", firing: ["HostDown"] }]);

const kept = (story: Story): Story => {
  story.state = parseGateState(JSON.parse(JSON.stringify(story.state)));
  return story;
};

/** The same story twice: once in one go, once kept and read back after every minute. */
const tell = (after: (story: Story) => Story): Story => {
  const story = after(new Story(FULL).baseline());
  for (let count = 0; count < 4; count += 1) after(minute(story));
  after(story.freeze());
  after(story.activate());
  for (let count = 0; count < 9; count += 1) after(minute(story));
  return story;
};

describe("a gate that is kept and read back", () => {
  it("goes on as if nothing had been", () => {
    const once = tell((story) => story);
    const again = tell(kept);
    expect(once.verdict?.status).toBe("Successful");
    expect(again.state).toEqual(once.state);
    expect(again.effects).toEqual(once.effects);
  });

  it("keeps soak and baseline over a restart of the hub, but needs new evidence", () => {
    const story = new Story(FULL).baseline();
    for (let count = 0; count < 4; count += 1) minute(story);
    story.freeze().activate();
    for (let count = 0; count < 4; count += 1) minute(story);
    const { healthyMs, rows } = story.state;
    expect(healthyMs).toBeGreaterThan(2 * MINUTE);
    story.nowMs += 20 * MINUTE; // the hub was down
    kept(story)
      .send({ type: "tick", at: at(story.nowMs) })
      .wait(MINUTE);
    expect(story.state.healthyMs).toBe(healthyMs);
    expect(story.state.rows[0]?.sources[0]?.baseline).toEqual(rows[0]?.sources[0]?.baseline);
    expect(story.state.rows[0]?.sources[0]?.latest).toBeNull();
    expect(story.verdict).toBeNull();
    for (let count = 0; count < 4; count += 1) minute(story);
    expect(story.verdict).toMatchObject({ status: "Successful" });
  });

  const broken: readonly (readonly [
    string,
    (state: Record<string, unknown>) => unknown,
    string,
  ])[] = [
    ["nothing", () => null, "/"],
    ["a list", () => [], "/version"],
    ["another version", (state) => ({ ...state, version: 2 }), "/version"],
    ["an unknown field", (state) => ({ ...state, extra: 1 }), "/extra"],
    ["a missing field", ({ rows: _rows, ...state }) => state, "/rows"],
    ["a plan that cannot be", (state) => ({ ...state, plan: {} }), "/plan"],
    ["a host name that is none", (state) => ({ ...state, host: "NUC" }), "/host"],
    ["a clock that is none", (state) => ({ ...state, clock: -1 }), "/clock"],
    ["an unknown phase", (state) => ({ ...state, phase: "Dreaming" }), "/phase"],
    [
      "a soak without a begin",
      (state) => ({ ...state, phase: "Soaking", countsFromMs: null }),
      "/countsFromMs",
    ],
    [
      "a soak without a run",
      (state) => ({ ...state, phase: "Soaking", run: null }),
      "/countsFromMs",
    ],
    ["rows of another plan", (state) => ({ ...state, rows: [] }), "/rows"],
    ["rows that are no list", (state) => ({ ...state, rows: 7 }), "/rows"],
    [
      "sources of another plan",
      (state) => ({
        ...state,
        rows: (state["rows"] as object[]).map((row) => ({ ...row, sources: [] })),
      }),
      "/rows",
    ],
    [
      "a pair of three",
      (state) => changed(state, { before: [[1, 2, 3]] }),
      "/rows/0/sources/0/before/0",
    ],
    [
      "a value that is none",
      (state) => changed(state, { lastValue: "20" }),
      "/rows/0/sources/0/lastValue",
    ],
  ];
  const changed = (state: Record<string, unknown>, fields: object): unknown => {
    const copy = structuredClone(state) as { rows: { sources: object[] }[] };
    Object.assign(copy.rows[0]?.sources[0] ?? {}, fields);
    return copy;
  };

  it.each(broken)("is refused when it holds %s, with the place", (_what, breakIt, where) => {
    const state = JSON.parse(JSON.stringify(tell((story) => story).state)) as Record<
      string,
      unknown
    >;
    const read = (): unknown => parseGateState(breakIt(state));
    expect(read).toThrow(NixwaveError);
    expect(read).toThrow(
      expect.objectContaining({
        code: "gate-state-unreadable",
        message: expect.stringContaining(where),
      }),
    );
  });
});

describe("time", () => {
  const soaking = (): Story =>
    new Story(ROOM)
      .baseline()
      .report("room", [20, 20])
      .freeze()
      .activate()
      .report("room", [20, 20]);

  it("that jumps forward is charged to nobody, and makes everything before it stale", () => {
    const story = soaking();
    const { healthyMs, elapsedMs } = story.state;
    story.nowMs += MAX_GAP_MS + 1;
    story.send({ type: "tick", at: at(story.nowMs) });
    expect(story.state).toMatchObject({ healthyMs, elapsedMs, verdict: null });
    expect(story.state.rows[0]?.sources[0]?.latest).toBeNull();
  });

  it("that passes without a tick for as long as a slow hub may take still counts", () => {
    const story = soaking();
    const { elapsedMs } = story.state;
    story.nowMs += MAX_GAP_MS;
    story.send({ type: "tick", at: at(story.nowMs) });
    expect(story.state.elapsedMs).toBe(elapsedMs + MAX_GAP_MS);
    expect(story.state.rows[0]?.sources[0]?.latest).not.toBeNull();
  });

  it("that jumps back by a day costs nothing: the verdict comes as it would have", () => {
    const story = soaking();
    const { elapsedMs } = story.state;
    story.state = reduceGate(story.state, { type: "tick", at: at(-24 * 60 * MINUTE) }).state;
    expect(story.state.elapsedMs).toBe(elapsedMs);
    story.nowMs = -24 * 60 * MINUTE;
    story.report("room", [20, 20, 20, 20, 20]);
    expect(story.verdict).toMatchObject({ status: "Successful" });
  });
});

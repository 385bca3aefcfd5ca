import { describe, expect, it } from "vitest";
import type { Reading } from "../../src/gate/index.ts";
import { at, MINUTE, ROOM, SECOND, Story } from "./story.ts";

const ready = (plan: unknown = ROOM): Story =>
  new Story(plan).baseline().report("room", [20, 20, 20]).freeze();

describe("a house that is judged before anything was counted for this run", () => {
  const judged = (readings: number | readonly Reading[]) =>
    new Story(ROOM).hear("room", readings).baseline().freeze().verdict;

  it("is told with the newest reading of each source", () => {
    expect(judged(9)).toMatchObject({
      ...{ status: "PreflightFailed", reason: { code: "limit-crossed" } },
      samples: [{ row: "room", source: "room", measurement: "Failed", shown: "9" }],
    });
    expect(new Story(ROOM).baseline().freeze().verdict).toMatchObject({ samples: [] });
  });

  it("is told in the sensor's own words where it gave no value", () => {
    const said = judged([]);
    expect(said?.samples).toMatchObject([{ shown: said?.reason.text.replace(/^.*already: /, "") }]);
  });
});

describe("a value with a time of its own", () => {
  const plan = { soak: "5m", rows: [{ query: "t[5m]", is: "above", limit: 15 }] };
  const hear = (story: Story, measuredMs: number): Story =>
    story.hear("t[5m]", [{ kind: "number", name: "t", value: 20, measuredAt: at(measuredMs) }]);
  const latest = (story: Story) => story.state.rows[0]?.sources[0]?.latest;

  it("is as old as it says: an old value under a fresh answer is no data", () => {
    const story = hear(new Story(plan).wait(5 * MINUTE), 3 * MINUTE);
    expect(latest(story)).toMatchObject({
      measurement: "NoData",
      reason: { text: "its value is old" },
    });
    hear(story, 4.5 * MINUTE);
    expect(latest(story)).toMatchObject({
      measurement: "Successful",
      freshUntilMs: story.state.elapsedMs + MINUTE,
    });
  });

  it("from before the activation is no evidence after it", () => {
    const story = new Story(plan).baseline().wait(MINUTE);
    hear(story, story.nowMs)
      .freeze()
      .activate()
      .wait(45 * SECOND);
    hear(story, story.nowMs - 30 * SECOND);
    expect(latest(story)).toMatchObject({
      measurement: "NoData",
      reason: { text: "its value is from before the activation" },
    });
  });

  it("from the end of the initial delay on is evidence", () => {
    const story = new Story(plan).baseline().wait(MINUTE);
    hear(story, story.nowMs).freeze().activate();
    const fromMs = story.nowMs + story.state.plan.initialDelayMs;
    story.wait(60 * SECOND);
    expect(latest(hear(story, fromMs))?.measurement).toBe("Successful");
    expect(latest(hear(story, fromMs - 1))?.measurement).toBe("NoData");
  });

  it("from the future says that a clock is wrong", () => {
    expect(latest(hear(new Story(plan), 2 * MINUTE))).toMatchObject({ measurement: "Error" });
  });
});

describe("the house before the deployment", () => {
  const reason = (story: Story): unknown => story.verdict?.reason;

  it("is healthy: the trial may be ordered", () => {
    const story = ready();
    expect(story.effects).toEqual([{ type: "preflight-passed", run: "a" }]);
    expect(story.state.phase).toBe("Ready");
  });

  it("is at fault already: nobody is blamed, and nothing is put at risk", () => {
    const story = new Story(ROOM).baseline().report("room", [20, 12]).freeze();
    expect(story.verdict).toMatchObject({ status: "PreflightFailed" });
    expect(reason(story)).toEqual({
      code: "limit-crossed",
      row: "room",
      text: "before the activation already: 12, should be above 15",
    });
    expect(story.state.phase).toBe("Listening");
  });

  it("may be asked about again when it is well", () => {
    const story = new Story(ROOM)
      .baseline()
      .report("room", [12])
      .freeze()
      .report("room", [20])
      .freeze();
    expect(story.effects.map(({ type }) => type)).toEqual(["verdict-reached", "preflight-passed"]);
    expect(story.verdict).toBeNull();
  });

  it("was heard too long ago", () => {
    const story = new Story(ROOM)
      .baseline()
      .report("room", [20])
      .wait(4 * MINUTE)
      .freeze();
    expect(reason(story)).toMatchObject({
      code: "no-data",
      text: "the last reading before the activation had expired",
    });
  });

  it("was never asked about: the gate looks at what it has heard, and closes if that is bad", () => {
    expect(new Story(ROOM).report("room", [20]).activate("b").state.phase).toBe("Soaking");
    const bad = new Story(ROOM).baseline().report("room", [12]).activate();
    expect(bad.verdict).toMatchObject({ run: "a", status: "PreflightFailed" });
    expect(bad.state.phase).toBe("Closed");
    expect(bad.freeze().ignored).toEqual(["that run is not listening for its baseline"]);
  });
});

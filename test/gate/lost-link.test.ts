import { describe, expect, it } from "vitest";
import { at, MINUTE, NUC, ROOM, Story } from "./story.ts";

/** A room beside a hall, over the broker, and the alerts over Prometheus. */
const BOTH_LINKS = {
  soak: "5m",
  rows: [
    {
      topics: ["room"],
      is: "above",
      limit: 15,
      interval: "1m",
      allowedIncrease: 5,
      control: { topic: "hall" },
    },
    { query: "alerts", is: "no-new-alert", interval: "1m" },
  ],
};

const minute = (story: Story): Story =>
  story
    .wait(MINUTE)
    .hear("hall", 18)
    .hear("room", 20)
    .hear("alerts", [{ kind: "alerts", name: "", firing: ["HostDown"] }]);

describe("a link that is lost", () => {
  const lose = (story: Story, link: "broker" | "prometheus"): Story =>
    story.send({ type: "link-lost", at: at(story.nowMs), link });
  const restore = (story: Story, link: "broker" | "prometheus"): Story =>
    story.send({ type: "link-restored", at: at(story.nowMs), link });

  it("takes the evidence that came over it, and only that", () => {
    const story = minute(new Story(BOTH_LINKS).baseline());
    lose(story, "broker");
    expect(story.state.rows.map(({ sources }) => sources[0]?.latest === null)).toEqual([
      true,
      false,
    ]);
    expect(story.state.rows[0]?.control?.latest).toBeNull();
    lose(minute(restore(story, "broker")), "prometheus");
    expect(story.state.rows.map(({ sources }) => sources[0]?.latest === null)).toEqual([
      false,
      true,
    ]);
    expect(story.state.rows[0]?.control?.latest).not.toBeNull();
  });

  it("is lost once and restored once", () => {
    const story = restore(new Story(ROOM), "broker");
    lose(lose(story, "broker"), "broker");
    expect(story.ignored).toEqual(["that link was not lost", "that link is lost already"]);
  });

  it("for good is Failed when the deployed host carries it, and short of that costs time only", () => {
    const rows = [{ ...ROOM.rows[0], carriedBy: ["nuc"] }];
    const prepared = (): Story =>
      new Story({ ...ROOM, rows })
        .baseline("a", NUC)
        .report("room", [20])
        .freeze()
        .activate("a", NUC);
    expect(lose(prepared(), "broker").wait(10 * MINUTE).verdict).toMatchObject({
      status: "Failed",
      reason: { code: "evidence-lost" },
    });
    const back = restore(lose(prepared(), "broker").wait(2 * MINUTE), "broker").report(
      "room",
      Array<number>(8).fill(20),
    );
    expect(back.verdict).toMatchObject({ status: "Successful" });
  });

  const soaking = (rows: readonly object[], source: string): Story =>
    new Story({ soak: "5m", rows }).baseline().report(source, [20]).freeze().activate();

  it("to the broker is no sensor's silence: what was heard before and after it counts together", () => {
    const story = lose(soaking(ROOM.rows, "room").report("room", [20, 20, 20]), "broker");
    story.wait(7 * MINUTE);
    expect(story.state.rows[0]?.sources[0]?.noDataMs).toBe(0);
    expect(story.verdict).toBeNull();
    restore(story, "broker").report("room", [20, 20, 20, 20]);
    expect(story.verdict).toMatchObject({ status: "Successful" });
  });

  it("to the broker for good never passes, and ends with the gate's own time", () => {
    expect(lose(soaking(ROOM.rows, "room"), "broker").wait(60 * MINUTE).verdict).toMatchObject({
      status: "Inconclusive",
      reason: { code: "timed-out" },
    });
  });

  it("to the broker, once restored, lets a sensor that stays silent end the gate as before", () => {
    const story = restore(lose(soaking(ROOM.rows, "room"), "broker").wait(5 * MINUTE), "broker");
    expect(story.wait(2 * MINUTE).verdict).toBeNull();
    expect(story.wait(2 * MINUTE).verdict).toMatchObject({ reason: { code: "no-data" } });
  });

  it("to Prometheus is silence: it is what does not answer", () => {
    const rows = [{ query: "room", is: "above", limit: 15, interval: "1m" }];
    const story = lose(soaking(rows, "room"), "prometheus").wait(5 * MINUTE);
    expect(story.verdict).toMatchObject({ status: "Inconclusive", reason: { code: "no-data" } });
  });
});

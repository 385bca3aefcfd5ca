import { describe, expect, it } from "vitest";
import { at, MINUTE, NUC, ROOM, SECOND, Story } from "./story.ts";

const ready = (plan: unknown = ROOM): Story =>
  new Story(plan).baseline().report("room", [20, 20, 20]).freeze();
const soaking = (plan: unknown = ROOM): Story => ready(plan).activate();
const minutes = (story: Story, count: number, each: (story: Story) => void): Story => {
  for (let minute = 0; minute < count && story.verdict === null; minute += 1)
    each(story.wait(MINUTE));
  return story;
};

describe("no evidence is never healthy", () => {
  it("a retained copy is no evidence, before or after the activation", () => {
    const story = new Story(ROOM).baseline();
    minutes(story, 5, (now) => now.hear("room", 20, true)).freeze();
    expect(story.verdict).toMatchObject({ status: "PreflightFailed", reason: { code: "no-data" } });
    const after = minutes(soaking(), 30, (now) => now.bytes("room", "20", true));
    expect(after.verdict).toMatchObject({
      status: "Inconclusive",
      reason: { code: "no-data", text: "no fresh reading for 180 s" },
    });
    expect(after.verdict?.samples).toEqual([]);
  });

  it("a sensor that falls silent in the soak ends it without success", () => {
    const story = soaking()
      .report("room", [20, 20])
      .wait(30 * MINUTE);
    expect(story.verdict).toMatchObject({
      status: "Inconclusive",
      reason: { code: "no-data", row: "room" },
    });
    expect(story.state.healthyMs).toBeLessThan(5 * MINUTE);
  });

  it("silence ends a soak when it lasts longer than its limit, not when it reaches it", () => {
    const story = soaking().report("room", [20, 20]);
    const silentMs = (): number => story.state.rows[0]?.sources[0]?.noDataMs ?? 0;
    const limitMs = story.state.plan.rows[0]?.noDataLimitMs ?? 0;
    while (silentMs() < limitMs) story.wait(15 * SECOND);
    expect([silentMs(), story.verdict]).toEqual([limitMs, null]);
    expect(story.wait(SECOND).verdict?.reason.code).toBe("no-data");
  });

  it("silence is counted from the end of the initial delay", () => {
    const story = soaking({ ...ROOM, initialDelay: "10m" }).wait(10 * MINUTE);
    expect(story.state.rows[0]?.sources[0]?.noDataMs).toBe(0);
    expect(story.wait(MINUTE).state.rows[0]?.sources[0]?.noDataMs).toBe(MINUTE);
    expect(story.verdict).toBeNull();
  });

  it("a reading that is neither good nor bad ends a streak of good ones", () => {
    const story = soaking({ ...ROOM, rows: [{ ...ROOM.rows[0], margin: 1 }] });
    const streak = (): number | undefined => story.state.rows[0]?.sources[0]?.streak;
    story.report("room", [20, 20]);
    expect(streak()).toBe(2);
    story.report("room", [14.5]);
    expect([story.state.rows[0]?.sources[0]?.latest?.measurement, streak()]).toEqual([
      "Inconclusive",
      0,
    ]);
  });

  it("silence of what the deployed host carries is its failure", () => {
    const rows = [{ ...ROOM.rows[0], carriedBy: ["nuc"] }];
    const story = new Story({ ...ROOM, rows })
      .baseline("a", NUC)
      .report("room", [20, 20])
      .freeze()
      .activate("a", NUC);
    minutes(story, 30, (now) => now.bytes("room", "21.3", true));
    expect(story.verdict).toMatchObject({
      status: "Failed",
      reason: {
        code: "evidence-lost",
        text: "no fresh reading for 180 s, and the deployed host carries it",
      },
    });
    expect(soaking({ ...ROOM, rows }).wait(30 * MINUTE).verdict).toMatchObject({
      status: "Inconclusive",
    });
  });

  it.each<readonly [string, string]>([
    ["unavailable", "unavailable"],
    ["nan", "the value is nan"],
  ])("%s is no number: the soak waits", (payload, shown) => {
    const story = soaking().wait(MINUTE).bytes("room", payload);
    expect(story.state.rows[0]?.sources[0]?.latest).toMatchObject({
      measurement: "NoData",
      value: null,
      reason: { code: "no-data", text: shown },
    });
  });

  it("payloads that cannot be read end as Error, not as a failure of the host", () => {
    const rows = [{ ...ROOM.rows[0], format: "json", path: "temperature" }];
    const story = new Story({ ...ROOM, rows })
      .baseline()
      .wait(MINUTE)
      .bytes("room", '{"temperature":20}')
      .freeze()
      .activate();
    minutes(story, 9, (now) => now.bytes("room", "{"));
    expect(story.verdict).toMatchObject({
      status: "Error",
      reason: { code: "unreadable", text: "the text is not JSON" },
    });
  });

  it("a question that Prometheus does not answer is an Error", () => {
    const story = new Story({
      soak: "5m",
      rows: [{ query: "up", is: "at-least", limit: 1 }],
    }).baseline();
    story.wait(MINUTE).hear("up", 1).freeze().activate();
    minutes(story, 9, (now) =>
      now.send({
        type: "query-failed",
        at: at(now.nowMs),
        source: "up",
        message: "connection refused",
      }),
    );
    expect(story.verdict).toMatchObject({
      status: "Error",
      reason: { text: "connection refused" },
    });
  });

  it("a value may stay the same for as long as stuckAfter says, and no longer", () => {
    const story = new Story({ ...ROOM, rows: [{ ...ROOM.rows[0], stuckAfter: "3m" }] });
    const said = story.report("room", [20, 20, 20, 20]).state.rows[0]?.sources[0];
    expect(said?.latest?.measurement).toBe("Successful");
    const next = story.wait(SECOND).hear("room", 20).state.rows[0]?.sources[0];
    expect(next?.latest).toMatchObject({ measurement: "NoData", reason: { code: "stuck" } });
  });

  it("a sensor whose value never moves is stuck, and stuck is no data", () => {
    const rows = [{ ...ROOM.rows[0], stuckAfter: "3m" }];
    const story = new Story({ ...ROOM, rows })
      .baseline()
      .report("room", [20, 20.1])
      .freeze()
      .activate();
    minutes(story, 30, (now) => now.hear("room", 20.2));
    expect(story.verdict).toMatchObject({ status: "Inconclusive", reason: { code: "stuck" } });
    const alive = new Story({ ...ROOM, rows })
      .baseline()
      .report("room", [20, 20.1])
      .freeze()
      .activate();
    minutes(alive, 30, (now) => now.hear("room", 20 + now.nowMs / MINUTE));
    expect(alive.verdict).toMatchObject({ status: "Successful" });
  });
});

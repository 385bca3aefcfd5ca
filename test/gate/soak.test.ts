import { describe, expect, it } from "vitest";
import { at, MINUTE, NUC, ROOM, SECOND, Story } from "./story.ts";

const ready = (plan: unknown = ROOM): Story =>
  new Story(plan).baseline().report("room", [20, 20, 20]).freeze();
const soaking = (plan: unknown = ROOM): Story => ready(plan).activate();
const times = (count: number, value = 20): number[] => Array<number>(count).fill(value);

describe("a healthy house", () => {
  it("passes when every reading of the whole soak is healthy, and the verdict shows them", () => {
    const story = soaking().report("room", times(8));
    expect(story.verdicts()).toHaveLength(1);
    expect(story.verdict).toMatchObject({
      run: "a",
      host: "rp4",
      status: "Successful",
      reason: { code: "soaked" },
      binding: true,
    });
    expect(story.verdict?.samples.at(-1)).toMatchObject({
      row: "room",
      source: "room",
      measurement: "Successful",
      shown: "20",
    });
    expect(story.state.phase).toBe("Closed");
  });

  it("does not pass before the soak time is full, however many readings come", () => {
    const story = soaking().wait(MINUTE);
    for (let second = 0; second < 200; second += 1) story.wait(SECOND).hear("room", 20);
    expect(story.verdict).toBeNull();
    expect(story.state.healthyMs).toBeLessThan(5 * MINUTE);
  });

  it("does not pass on time alone: the last readings must be successes in a row", () => {
    const plan = {
      ...ROOM,
      rows: [{ ...ROOM.rows[0], expireAfter: "20m", noDataLimit: "30m" }],
      timeout: "40m",
      consecutiveSuccess: 3,
    };
    const story = soaking(plan)
      .wait(MINUTE)
      .hear("room", 20)
      .wait(15 * MINUTE);
    expect(story.state.healthyMs).toBeGreaterThan(5 * MINUTE);
    expect(story.verdict).toBeNull();
  });

  it("does not pass while any row is stale, though the soak is full and the streaks are long", () => {
    const bath = { topic: "bath", is: "above", limit: 15, interval: "1m", expireAfter: "10m" };
    const gate = { ...ROOM, rows: [ROOM.rows[0], bath], consecutiveSuccess: 3, timeout: "30m" };
    const story = new Story(gate).baseline().hear("room", 20).hear("bath", 20).freeze().activate();
    story.report("room", [20]).hear("bath", 20).report("room", [20]).hear("bath", 20);
    story.report("room", times(5)).wait(3 * MINUTE + SECOND);
    expect(story.state.healthyMs).toBeGreaterThan(5 * MINUTE);
    expect(story.hear("bath", 20).verdict).toBeNull();
    expect(story.hear("room", 20).verdict).toMatchObject({ status: "Successful" });
  });

  it("is told whatever the ticks' rhythm: the soak is the same", () => {
    const slow = soaking();
    for (let minute = 0; minute < 4; minute += 1) slow.hear("room", 20).wait(MINUTE);
    const fast = soaking();
    for (let minute = 0; minute < 4; minute += 1) {
      fast.hear("room", 20);
      for (let second = 0; second < 60; second += 1) fast.wait(SECOND);
    }
    expect(fast.state.healthyMs).toBe(slow.state.healthyMs);
  });

  it("waits for the initial delay: what comes too soon is no evidence", () => {
    const story = soaking({ ...ROOM, initialDelay: "2m" });
    story.hear("room", 20).wait(MINUTE).hear("room", 3);
    expect(story.ignored).toEqual([
      "too soon after the activation",
      "too soon after the activation",
    ]);
    expect(story.state.rows[0]?.sources[0]?.latest).toBeNull();
  });

  it("counts the initial delay from the activation, not from when the gate heard of it", () => {
    const story = ready();
    const activatedAt = at(story.nowMs - 20 * SECOND);
    story.send({ type: "gate-started", at: at(story.nowMs), run: "a", host: NUC, activatedAt });
    expect((story.state.countsFromMs ?? 0) - story.state.elapsedMs).toBe(10 * SECOND);
    expect(story.state.host).toBe("nuc");
  });
});

describe("an unhealthy house", () => {
  it("fails after k of n failures, with the number and the limit in the reason", () => {
    const story = soaking().report("room", [20, 14.5, 20, 14.25]);
    expect(story.verdict).toMatchObject({
      status: "Failed",
      reason: {
        code: "limit-crossed",
        row: "room",
        text: "14.25, should be above 15; 2 of the last 3 readings failed",
      },
    });
  });

  it("is not failed by one bad reading, but its streak starts again", () => {
    const story = soaking({ ...ROOM, consecutiveSuccess: 3 }).report("room", [20, 20, 14]);
    expect(story.verdict).toBeNull();
    expect(story.state.rows[0]?.sources[0]?.streak).toBe(0);
  });

  it("gains no soak time while its newest reading is bad", () => {
    const story = soaking().report("room", [20, 20, 14]);
    const before = story.state.healthyMs;
    story.wait(2 * MINUTE);
    expect(story.state.healthyMs).toBe(before);
  });

  it("never passes by flapping: good and bad by turns is Failed when the time is over", () => {
    const plan = { ...ROOM, failureCount: 3, failureWindow: 4, consecutiveSuccess: 2 };
    const story = soaking(plan);
    for (let turn = 0; turn < 12; turn += 1) story.report("room", [20, 14]);
    expect(story.verdicts()).toHaveLength(1);
    expect(story.verdict).toMatchObject({
      status: "Failed",
      reason: { code: "flapping", row: "room" },
    });
  });

  it("between the limit and its margin is neither: Inconclusive, which ends without success", () => {
    const plan = { ...ROOM, rows: [{ ...ROOM.rows[0], margin: 2 }] };
    const story = soaking(plan).report("room", times(20, 14));
    expect(story.state.rows[0]?.sources[0]?.latest?.measurement).toBe("Inconclusive");
    expect(story.verdict).toMatchObject({
      status: "Inconclusive",
      reason: { code: "timed-out" },
      onInconclusive: "pause",
    });
  });

  it("cannot be healed or hidden by another row", () => {
    const plan = { soak: "5m", rows: [ROOM.rows[0], { topic: "fan", is: "on", interval: "1m" }] };
    const story = new Story(plan).baseline();
    const both = (room: number, fan: boolean): Story =>
      story
        .wait(MINUTE)
        .hear("room", room)
        .hear("fan", [{ kind: "switch", name: "", on: fan }]);
    both(20, true).freeze().activate();
    both(20, false);
    both(20, false);
    expect(story.verdict).toMatchObject({
      status: "Failed",
      reason: {
        code: "wrong-state",
        row: "fan",
        text: "off instead of on; 2 of the last 3 readings failed",
      },
    });
  });

  it("is the verdict when another row at the same moment is only silent", () => {
    const carried = { topic: "bath", is: "above", limit: 15, interval: "1m", carriedBy: ["nuc"] };
    for (const rows of [
      [carried, ROOM.rows[0]],
      [ROOM.rows[0], carried],
    ]) {
      const story = new Story({ soak: "5m", rows }).baseline("a", NUC).wait(MINUTE);
      story
        .hear("room", 20)
        .hear("bath", 20)
        .freeze()
        .activate("a", NUC)
        .wait(10 * MINUTE);
      expect(story.verdict).toMatchObject({ status: "Failed", reason: { row: "bath" } });
    }
  });

  it("tells what a dry run would have said, and binds nobody", () => {
    const story = soaking({ ...ROOM, dryRun: true }).report("room", [14, 14]);
    expect(story.verdict).toMatchObject({ status: "Failed", binding: false });
  });

  it("has one verdict only: what comes later changes nothing", () => {
    const story = soaking().report("room", [14, 14]);
    const verdict = story.verdict;
    story.report("room", times(20)).freeze().activate();
    expect(story.verdict).toBe(verdict);
    expect(story.verdicts()).toHaveLength(1);
  });
});

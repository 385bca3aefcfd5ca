import { describe, expect, it } from "vitest";
import { at, MINUTE, NUC, Story } from "./story.ts";

const ROW = {
  topic: "room",
  is: "steady",
  interval: "1m",
  allowedIncrease: 2,
  allowedDecrease: 2,
  baselineWindow: "10m",
};
const GATE = { soak: "5m", rows: [ROW] };
const latest = (story: Story) => story.state.rows[0]?.sources[0]?.latest;

describe("a baseline", () => {
  it("is the median before the activation: one open window does not move it", () => {
    const story = new Story(GATE).baseline().report("room", [20, 20.2, 12, 20.1, 20]).freeze();
    expect(story.state.rows[0]?.sources[0]?.baseline).toMatchObject({ median: 20, count: 5 });
    const even = new Story(GATE).baseline().report("room", [20, 21, 22, 23]).freeze();
    expect(even.state.rows[0]?.sources[0]?.baseline).toEqual({
      median: 21.5,
      spread: 1.4826,
      count: 4,
    });
  });

  it("forgets what lies further back than its window", () => {
    const story = new Story(GATE)
      .baseline()
      .report("room", [...Array<number>(30).fill(5), ...Array<number>(11).fill(20)]);
    expect(story.freeze().state.rows[0]?.sources[0]?.baseline).toMatchObject({
      median: 20,
      count: 11,
    });
  });

  it("of too few readings is none, and the preflight says so", () => {
    const story = new Story(GATE).baseline().report("room", [20, 20]).freeze();
    expect(story.verdict).toMatchObject({
      status: "PreflightFailed",
      reason: {
        code: "too-few-readings",
        text: "it has 2 readings before the activation, a baseline needs 3",
      },
    });
  });

  it.each([
    [22, "Successful", "22 was 20 before (+2)"],
    [22.5, "Failed", "22.5 was 20 before (+2.5), allowed +2 / -2"],
    [17.5, "Failed", "17.5 was 20 before (-2.5), allowed +2 / -2"],
  ])("of 20 makes %d %s", (value, measurement, text) => {
    const story = new Story(GATE)
      .baseline()
      .report("room", [20, 20, 20])
      .freeze()
      .activate()
      .report("room", [value]);
    expect(latest(story)).toMatchObject({ measurement, reason: { text } });
  });

  it("of a noisy sensor leaves room up to its spread, and not beyond", () => {
    const plan = { soak: "5m", rows: [{ ...ROW, allowedIncrease: 0, allowedDecrease: null }] };
    const story = new Story(plan).baseline().report("room", [-1, -1, 0, 1, 1]).freeze().activate();
    expect(latest(story.report("room", [1.4826]))?.measurement).toBe("Inconclusive");
    expect(latest(story.report("room", [1.4827]))?.measurement).toBe("Failed");
  });

  it("of a noisy sensor leaves room for its noise: neither good nor bad", () => {
    const story = new Story(GATE)
      .baseline()
      .report("room", [19, 20, 21, 20, 19, 21])
      .freeze()
      .activate();
    expect(latest(story.report("room", [22.5]))).toMatchObject({
      measurement: "Inconclusive",
      reason: { code: "changed" },
    });
  });

  it.each([
    [{ allowedIncrease: 2, allowedDecrease: null }, 5, "Successful"],
    [{ allowedIncrease: null, allowedDecrease: 2 }, 30, "Successful"],
    [{ allowedIncrease: 2, allowedDecrease: null }, 30, "Failed"],
    [{ is: "above", limit: 19 }, 18.5, "Failed"],
    [{ allowedIncrease: null, allowedDecrease: 2 }, 5, "Failed"],
    [{ is: "above", limit: 15 }, 14, "Failed"],
    [{ is: "above", limit: 15, margin: 10 }, 14, "Failed"],
    [{ is: "above", limit: 15 }, 19, "Successful"],
  ])("with %j makes %d %s", (fields, value, measurement) => {
    const story = new Story({ soak: "5m", rows: [{ ...ROW, ...fields }] }).baseline();
    story.report("room", [20, 20, 20]).freeze().activate().report("room", [value]);
    expect(latest(story)?.measurement).toBe(measurement);
  });

  it("that one of several sources lacks, leaves that source without evidence", () => {
    const rows = [{ ...ROW, topic: null, topics: ["room", "late"], quorum: 1 }];
    const story = new Story({ soak: "5m", rows }).baseline().report("room", [20, 20, 20]);
    story.freeze().activate().wait(MINUTE).hear("late", 20);
    expect(story.state.rows[0]?.sources[1]?.latest).toMatchObject({
      measurement: "NoData",
      reason: { code: "too-few-readings" },
    });
  });
});

describe("a control sensor", () => {
  const rows = [{ ...ROW, control: { topic: "hall" } }];
  const both = (story: Story, room: number, hall: number): Story =>
    story.wait(MINUTE).hear("hall", hall).hear("room", room);
  const prepared = (): Story => {
    const story = new Story({ soak: "5m", rows }).baseline();
    for (let minute = 0; minute < 4; minute += 1) both(story, 20, 18);
    return story.freeze().activate();
  };

  it("takes out what happens to the whole house", () => {
    expect(latest(both(prepared(), 24, 22))).toMatchObject({
      measurement: "Successful",
      reason: { text: "24 was 20 before (+0 beside the control sensor)" },
    });
    expect(latest(both(prepared(), 24, 18))).toMatchObject({ measurement: "Failed" });
  });

  it("that is silent leaves nothing to compare with", () => {
    const story = prepared()
      .wait(3 * MINUTE)
      .hear("room", 20);
    expect(latest(story)).toMatchObject({
      measurement: "NoData",
      reason: { code: "no-data", text: "its control sensor has no fresh reading" },
    });
    expect(
      latest(prepared().wait(MINUTE).bytes("hall", "unavailable").hear("room", 20)),
    ).toMatchObject({ measurement: "NoData" });
  });

  it("needs a baseline of its own", () => {
    const story = new Story({ soak: "5m", rows }).baseline().report("room", [20, 20, 20]).freeze();
    expect(story.verdict).toMatchObject({
      status: "PreflightFailed",
      reason: {
        text: "its control sensor has 0 readings before the activation, a baseline needs 3",
      },
    });
  });

  it("with no news in its message stays as it was", () => {
    const gate = {
      soak: "5m",
      rows: [{ ...ROW, control: { topic: "h/events/rpc", path: "temperature:0.tC" } }],
    };
    const story = new Story(gate).bytes("h/events/rpc", '{"method":"NotifyEvent","params":{}}');
    expect(story.ignored).toEqual(["no row takes anything from it"]);
  });
});

describe("alerts", () => {
  const QUERY = 'ALERTS{alertstate="firing"}';
  const gate = { soak: "5m", rows: [{ query: QUERY, is: "no-new-alert" }] };
  const firing = (story: Story, ...names: readonly string[]): Story =>
    story.wait(MINUTE).hear(QUERY, [{ kind: "alerts", name: "", firing: names }]);
  const prepared = (): Story =>
    firing(firing(new Story(gate).baseline(), "HostDown{x1}"), "Flaky", "HostDown{x1}")
      .freeze()
      .activate();

  it("that fired before are nobody's fault, even if they come and go", () => {
    const story = prepared();
    for (let minute = 0; minute < 8; minute += 1)
      firing(story, ...(minute % 2 ? ["HostDown{x1}", "Flaky"] : []));
    expect(story.verdict).toMatchObject({ status: "Successful" });
    expect(story.verdict?.samples[0]).toMatchObject({ shown: "none" });
  });

  it("that are new fail, by name", () => {
    const story = prepared();
    for (let minute = 0; minute < 3; minute += 1) firing(story, "HostDown{x1}", "HostDown{rp4}");
    expect(story.verdict).toMatchObject({
      status: "Failed",
      reason: {
        code: "new-alert",
        text: "new alert HostDown{rp4}; 2 of the last 3 readings failed",
      },
    });
  });

  it("are forgotten when they have not fired for the whole window", () => {
    const story = firing(new Story(gate).baseline(), "Old");
    for (let minute = 0; minute < 70; minute += 1) firing(story, "Now");
    expect(story.state.rows[0]?.sources[0]?.knownAlerts.map(([, name]) => name)).toEqual(["Now"]);
  });
});

describe("a sensor that can be asked", () => {
  const rows = [
    {
      topic: "room",
      is: "above",
      limit: 15,
      interval: "5m",
      ask: { topic: "cmnd/room/TelePeriod", every: "1m" },
    },
  ];
  const asks = (story: Story): number =>
    story.effects.filter(({ type }) => type === "ask-now").length;

  it("is asked at once, then at its rhythm, and no more when the run is over", () => {
    const story = new Story({ soak: "5m", rows }).wait(5 * MINUTE);
    expect(asks(story)).toBe(0);
    story.baseline().wait(3 * MINUTE);
    expect(asks(story)).toBe(4);
    expect(story.effects[0]).toEqual({
      type: "ask-now",
      topic: "cmnd/room/TelePeriod",
      payload: "",
    });
    story.send({ type: "abandoned", at: at(story.nowMs), run: "a" }).wait(10 * MINUTE);
    expect(asks(story)).toBe(4);
  });

  it("is asked as soon as its answer counts, and not over a link that is lost", () => {
    const story = new Story({ soak: "5m", rows })
      .baseline()
      .hear("room", 20)
      .freeze()
      .activate("a", NUC);
    const before = asks(story);
    story.wait(15_000);
    expect(asks(story)).toBe(before);
    story.wait(15_000);
    expect(asks(story)).toBe(before + 1);
    story.send({ type: "link-lost", at: at(story.nowMs), link: "broker" }).wait(5 * MINUTE);
    expect(asks(story)).toBe(before + 1);
  });
});

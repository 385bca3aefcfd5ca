import { describe, expect, it } from "vitest";
import { MINUTE, NUC, number, Story } from "./story.ts";

describe("several sources of one row", () => {
  const topics = ["s1", "s2", "s3", "s4", "s5"];
  const plan = {
    soak: "5m",
    rows: [{ name: "sensors", topics, is: "live", quorum: 3, interval: "1m" }],
  };
  const round = (story: Story, ...alive: readonly string[]): Story => {
    story.wait(MINUTE);
    for (const topic of alive)
      story.hear(topic, [number(21, "temperature"), number(40, "humidity")]);
    return story;
  };
  const prepared = (): Story =>
    round(new Story(plan).baseline(), ...topics)
      .freeze()
      .activate();

  it("pass when 3 of 5 live", () => {
    const story = prepared();
    for (let minute = 0; minute < 8; minute += 1) round(story, "s1", "s3", "s5");
    expect(story.verdict).toMatchObject({ status: "Successful" });
  });

  it("do not pass when 2 of 5 live, nor do they fail the host that carries none of them", () => {
    const story = prepared();
    for (let minute = 0; minute < 12; minute += 1) round(story, "s1", "s3");
    expect(story.verdict).toMatchObject({
      status: "Inconclusive",
      reason: { code: "no-data", row: "sensors" },
    });
  });

  it("are not live when they say that they are offline", () => {
    const story = prepared();
    for (let minute = 0; minute < 12; minute += 1) {
      round(story, "s1", "s3").hear("s5", [{ kind: "presence", name: "state", online: false }]);
    }
    expect(story.verdict).toMatchObject({ status: "Inconclusive" });
  });

  it("that were silent before the activation are nobody's failure, even where the host carries them", () => {
    const rows = [
      {
        topics: ["s1", "s2"],
        is: "above",
        limit: 15,
        quorum: 1,
        interval: "1m",
        carriedBy: ["nuc"],
      },
    ];
    const story = new Story({ soak: "5m", rows }).baseline("a", NUC).wait(MINUTE).hear("s1", 20);
    story.freeze().activate("a", NUC).report("s1", [14, 14, 14, 14, 14]);
    expect(story.verdict).toMatchObject({ status: "Inconclusive", reason: { code: "no-data" } });
  });

  it("that had fallen silent long before the activation are nobody's failure either", () => {
    const row = { topics: ["s1", "s2"], is: "above", limit: 15, quorum: 1, interval: "1m" };
    const story = new Story({ soak: "5m", rows: [{ ...row, carriedBy: ["nuc"] }] });
    story
      .baseline("a", NUC)
      .wait(MINUTE)
      .hear("s2", 20)
      .wait(30 * MINUTE)
      .hear("s1", 20);
    story.freeze().activate("a", NUC).report("s1", [14, 14, 14, 14, 14]);
    expect(story.verdict).toMatchObject({ status: "Inconclusive", reason: { code: "no-data" } });
  });

  it("fail together when more fail than the quorum can spare", () => {
    const rows = [
      { topics: ["s1", "s2", "s3"], is: "above", limit: 15, quorum: 2, interval: "1m" },
    ];
    const story = new Story({ soak: "5m", rows }).baseline().wait(MINUTE);
    const all = (...values: readonly number[]): void => {
      story.wait(MINUTE);
      for (const [index, value] of values.entries()) story.hear(`s${index + 1}`, value);
    };
    all(20, 20, 20);
    story.freeze().activate();
    for (let minute = 0; minute < 3; minute += 1) all(20, 20, 3);
    expect(story.verdict).toBeNull();
    all(20, 3, 3);
    all(20, 3, 3);
    expect(story.verdict).toMatchObject({ status: "Failed" });
  });
});

import { describe, expect, it } from "vitest";
import type { Reading } from "../../src/gate/index.ts";
import { MINUTE, number, SECOND, Story } from "./story.ts";

describe("what a message says, and what it leaves out", () => {
  it("what is not in the message is missing; what a frame of changes leaves out is no news", () => {
    const rows = [{ topic: "plug/events/rpc", path: "switch:0.output", is: "on", interval: "1m" }];
    const story = new Story({ soak: "5m", rows }).baseline().wait(MINUTE);
    const frame = (method: string, part: string): Story =>
      story
        .wait(SECOND)
        .bytes("plug/events/rpc", `{"method":"${method}","params":{"ts":1,"switch:0":{${part}}}}`);
    frame("NotifyStatus", '"apower":3');
    expect(story.ignored).toEqual(["no row takes anything from it"]);
    frame("NotifyStatus", '"output":true');
    expect(story.state.rows[0]?.sources[0]?.latest?.measurement).toBe("Successful");
    frame("NotifyFullStatus", '"apower":3');
    expect(story.state.rows[0]?.sources[0]?.latest).toMatchObject({
      measurement: "NoData",
      reason: { text: "no switch:0.output" },
    });
  });

  it.each<readonly [string, object, readonly Reading[], string, string]>([
    [
      "several values",
      { is: "above", limit: 15 },
      [number(1, "a"), number(2, "b")],
      "Error",
      "2 values fit, choose one: a, b",
    ],
    [
      "a switch for a number",
      { is: "above", limit: 15 },
      [{ kind: "switch", name: "", on: true }],
      "Error",
      "a switch is no answer",
    ],
    [
      "a number that is no switch",
      { is: "on" },
      [number(7)],
      "NoData",
      "it says that it has no value",
    ],
    ["an empty message", { is: "on" }, [], "NoData", "nothing"],
    ["1 for on", { is: "on" }, [number(1)], "Successful", "on as it should be"],
    [
      "1 for on, with a window it does not need",
      { is: "on", baselineWindow: "1h" },
      [number(1)],
      "Successful",
      "on as it should be",
    ],
    ["0 for on", { is: "on" }, [number(0)], "Failed", "off instead of on"],
    [
      "off for off",
      { is: "off" },
      [{ kind: "switch", name: "", on: false }],
      "Successful",
      "off as it should be",
    ],
    [
      "offline",
      { is: "online" },
      [{ kind: "presence", name: "", online: false }],
      "Failed",
      "offline instead of online",
    ],
    [
      "online",
      { is: "online" },
      [{ kind: "presence", name: "", online: true }],
      "Successful",
      "online as it should be",
    ],
    ["live", { is: "live" }, [number(1, "a"), number(2, "b")], "Successful", "1"],
    [
      "live by a switch",
      { is: "live" },
      [{ kind: "switch", name: "", on: false }],
      "Successful",
      "live",
    ],
    [
      "the limit itself, above",
      { is: "above", limit: 15 },
      [number(15)],
      "Failed",
      "15, should be above 15",
    ],
    [
      "the limit itself, at least",
      { is: "at-least", limit: 15 },
      [number(15)],
      "Successful",
      "15, at least 15",
    ],
    [
      "the limit itself, at most",
      { is: "at-most", limit: 15 },
      [number(15)],
      "Successful",
      "15, at most 15",
    ],
    ["below", { is: "below", limit: 15 }, [number(0.1 + 0.2)], "Successful", "0.3, below 15"],
    [
      "just as far as the margin",
      { is: "below", limit: 15, margin: 1 },
      [number(16)],
      "Inconclusive",
      "16, should be below 15",
    ],
    [
      "too many for below",
      { is: "below", limit: 15, margin: 1 },
      [number(16.5)],
      "Failed",
      "16.5, should be below 15",
    ],
  ])("%s is judged by what it is", (_what, demand, readings, measurement, text) => {
    const story = new Story({ soak: "5m", rows: [{ topic: "x", interval: "1m", ...demand }] }).hear(
      "x",
      readings,
    );
    expect(story.state.rows[0]?.sources[0]?.latest).toMatchObject({
      measurement,
      reason: { text },
    });
  });
});

import { describe, expect, it } from "vitest";
import { parsePlan } from "../../src/gate/index.ts";
import { gate, refusal, row } from "./plan-cases.ts";

const FULL = {
  rows: [
    {
      name: "bath",
      topics: ["zigbee2mqtt/bath one", "zigbee2mqtt/bath two"],
      path: "humidity",
      is: "below",
      limit: 70,
      unit: "%",
      margin: 5,
      quorum: 1,
      interval: "2m",
      expireAfter: "5m",
      noDataLimit: "6m",
      stuckAfter: "2h",
      baselineWindow: "30m",
      allowedIncrease: 10,
      allowedDecrease: 20,
      control: { topic: "zigbee2mqtt/hall", path: "humidity" },
      carriedBy: ["nuc"],
      ask: { topic: "zigbee2mqtt/bath one/get", payload: '{"state":""}', every: "1m" },
    },
    { query: 'ALERTS{alertstate="firing"}', is: "no-new-alert" },
  ],
  soak: "20m",
  initialDelay: "1m",
  timeout: "1h30m",
  consecutiveSuccess: 4,
  failureCount: 3,
  failureWindow: 5,
  errorLimit: 2,
  onInconclusive: "revert",
  dryRun: true,
};

describe("a gate's settings", () => {
  it("need no more than one topic, one demand and one limit", () => {
    const plan = parsePlan({
      rows: [{ topic: "tele/tasmota_0E63DE/SENSOR", path: "Temperature", is: "above", limit: 15 }],
    });
    expect(plan).toEqual({
      rows: [
        {
          name: "tele/tasmota_0E63DE/SENSOR Temperature",
          link: "broker",
          sources: ["tele/tasmota_0E63DE/SENSOR"],
          format: "tasmota",
          path: "Temperature",
          is: "above",
          limit: 15,
          unit: "",
          margin: 0,
          quorum: 1,
          intervalMs: 300_000,
          expireAfterMs: 900_000,
          noDataLimitMs: 900_000,
          stuckAfterMs: null,
          baselineWindowMs: null,
          allowedIncrease: null,
          allowedDecrease: null,
          control: null,
          carriedBy: [],
          ask: null,
        },
      ],
      soakMs: 600_000,
      initialDelayMs: 30_000,
      timeoutMs: 2_430_000,
      consecutiveSuccess: 2,
      failureCount: 2,
      failureWindow: 3,
      errorLimit: 3,
      onInconclusive: "pause",
      dryRun: false,
    });
  });

  it("may say everything", () => {
    const plan = parsePlan(FULL);
    expect(plan).toMatchObject({
      soakMs: 1_200_000,
      initialDelayMs: 60_000,
      timeoutMs: 5_400_000,
      consecutiveSuccess: 4,
      failureCount: 3,
      failureWindow: 5,
      errorLimit: 2,
      onInconclusive: "revert",
      dryRun: true,
    });
    expect(plan.rows[0]).toMatchObject({
      name: "bath",
      format: "zigbee2mqtt",
      quorum: 1,
      unit: "%",
      margin: 5,
      stuckAfterMs: 7_200_000,
      baselineWindowMs: 1_800_000,
      control: { sources: ["zigbee2mqtt/hall"], format: "zigbee2mqtt", path: "humidity" },
      carriedBy: ["nuc"],
      ask: { topic: "zigbee2mqtt/bath one/get", payload: '{"state":""}', everyMs: 60_000 },
    });
    expect(plan.rows[1]).toMatchObject({
      link: "prometheus",
      format: "alerts",
      intervalMs: 30_000,
    });
  });

  it.each([gate(), FULL])("mean the same when they are read again, also through JSON", (input) => {
    const plan = parsePlan(input);
    expect(parsePlan(plan)).toEqual(plan);
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it.each([
    ["tele/x/SENSOR", "", "tasmota"],
    ["stat/x/POWER1", "", "tasmota"],
    ["zigbee2mqtt/a/b", "", "zigbee2mqtt"],
    ["shellies/s/relay/0/power", "", "shelly1"],
    ["shellyplus1-aa/events/rpc", "", "shelly2"],
    ["shellyplus1-aa/status/switch:0", "", "shelly2"],
    ["house", "rooms[0].temperature", "json"],
    ["esp/sensor/x/state", "", "plain"],
  ])("know what %s with the path '%s' carries", (topic, path, format) => {
    const given = path === "" ? { topic } : { topic, path };
    expect(parsePlan(gate({}, row(given))).rows[0]?.format).toBe(format);
  });

  it("widen the failure window to the count that is asked for", () => {
    expect(parsePlan(gate({ failureCount: 7 })).failureWindow).toBe(7);
  });
});

describe("a gate whose times just fit", () => {
  it("is accepted: a reading may expire when the next one is due", () => {
    const plan = gate({}, row({ interval: "1m", expireAfter: "60s", noDataLimit: "60s" }));
    expect(parsePlan(plan).rows[0]).toMatchObject({ expireAfterMs: 60_000, noDataLimitMs: 60_000 });
  });
});

describe("a gate that could never pass is refused with the arithmetic", () => {
  const minute = { interval: "1m" };
  it.each([
    [
      gate({ consecutiveSuccess: 6 }),
      "needs 6 fresh readings, the sensor reports every 300 s, the soak is 10 min: at most 2",
    ],
    [
      gate({ soak: "2m" }),
      "needs 1 fresh reading, the sensor reports every 300 s, the soak is 120 s: at most 0",
    ],
    [
      gate({}, row({ ...minute, expireAfter: "40s" })),
      "a reading expires after 40 s, the sensor reports every 60 s: evidence is missing 20 s of each 60 s",
    ],
    [
      gate({}, row({ ...minute, noDataLimit: "10s" })),
      "silence counts after 10 s, the sensor reports every 60 s",
    ],
    [
      gate({ timeout: "11m" }),
      "initial delay 30 s + first reading within 300 s + soak 10 min = 15.5 min, the time-out is 11 min",
    ],
    [
      gate({}, row({ ...minute, stuckAfter: "1m" })),
      "a value is stuck after 60 s, the sensor reports every 60 s: each one would be",
    ],
    [
      gate({}, row({ allowedIncrease: 2, baselineWindow: "12m" })),
      "a baseline needs 3 readings, the sensor reports every 300 s, its window is 12 min: at most 2",
    ],
    [
      gate({}, { topic: "tele/x/LWT", is: "online" }),
      "tele/x/LWT speaks only when the device comes or goes",
    ],
    [gate({}, row({ interval: "0s" })), "every 0 s, which none does"],
    [gate({ soak: "12h", timeout: "1h" }), "12 h"],
  ])("%#: %j", (plan, arithmetic) => {
    const { code, message } = refusal(plan);
    expect(code).toBe("gate-unsatisfiable");
    expect(message).toContain(arithmetic);
  });

  it("but asking the sensor more often makes room", () => {
    const ask = { topic: "cmnd/x/TelePeriod", payload: "", every: "1m" };
    expect(refusal(gate({ consecutiveSuccess: 6 }, row({ ask }))).code).toBe("accepted");
    expect(refusal(gate({}, { topic: "tele/x/LWT", is: "online", ask })).code).toBe("accepted");
  });
});

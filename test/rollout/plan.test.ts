import { describe, expect, it } from "vitest";
import { NixwaveError } from "../../src/contract/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";

function refusal(input: unknown): string {
  try {
    parsePlan(input);
  } catch (error) {
    expect(error).toBeInstanceOf(NixwaveError);
    const { code, message } = error as NixwaveError;
    return `${code}: ${message}`;
  }
  throw new Error("the plan was accepted");
}

describe("a plan", () => {
  it("may be a list of hosts: one after the other, with defaults for the rest", () => {
    const plan = parsePlan(["rp4", "nuc"]);
    expect(plan.groups.map(({ name, parallel, approval }) => [name, parallel, approval])).toEqual([
      ["rp4", 1, "none"],
      ["nuc", 1, "none"],
    ]);
    expect(plan).toMatchObject({
      ...{ start: "automatic", conduct: "default", gates: [], onFailure: "ask" },
      ...{ soak: 300_000, lease: 900_000, settle: 600_000, holdFor: 14_400_000 },
      ...{ catchUp: "automatic", windows: { zone: "UTC", allow: [], deny: [] } },
    });
  });

  it("puts who carries the broker, then who carries the hub, to the end, each alone", () => {
    const groups = [
      {
        name: "core",
        hosts: [
          { host: "nuc", carries: ["hub"] },
          { host: "mq", carries: ["broker"] },
        ],
      },
      { name: "pis", hosts: ["rp3", "rp4"], parallel: 2, approval: "group" },
    ];
    const plan = parsePlan({ groups });
    expect(plan.groups.map(({ name, from, parallel }) => [name, from, parallel])).toEqual([
      ["pis", 0, 2],
      ["mq", 2, 1],
      ["nuc", 3, 1],
    ]);
    expect(plan.carriersFrom).toBe(2);
  });

  it("knows both directions of who waits for whom", () => {
    const plan = parsePlan({ hosts: ["rp4", { host: "nuc", after: ["rp4"], optional: true }] });
    const hosts = plan.groups.flatMap((group) => group.hosts);
    expect(hosts.map(({ awaitedBy, after, optional }) => [awaitedBy, after, optional])).toEqual([
      [["nuc"], [], false],
      [[], ["rp4"], true],
    ]);
  });

  it("can say everything", () => {
    const windows = {
      zone: "Europe/Berlin",
      allow: [{ days: ["mon", "sat"], from: "22:00", to: "06:00" }],
    };
    const said = {
      ...{
        hosts: ["rp4"],
        start: "manual",
        conduct: "flow",
        gates: ["preflight", "soak", "final"],
      },
      ...{ soak: "1m", lease: "2m", settle: "0s", stageTimeout: "1h", grace: "1m", holdFor: "8h" },
      ...{ onFailure: "roll-back", catchUp: "never", windows },
    };
    expect(parsePlan(said)).toMatchObject({
      ...{ start: "manual", gates: ["preflight", "soak", "final"], onFailure: "roll-back" },
      windows: { allow: [{ days: [1, 6], from: 1320, to: 360 }] },
    });
  });

  it.each([
    ["no plan at all", 7, "plan-invalid: / must be an object"],
    ["null", null, "plan-invalid: / must be an object"],
    ["neither hosts nor groups", {}, "plan-invalid: / must name either hosts or groups"],
    ["both", { hosts: ["a"], groups: [] }, "plan-invalid: / must name either hosts or groups"],
    ["nobody", [], "plan-invalid: / names no host"],
    [
      "too many",
      Array.from({ length: 100_001 }, (_, at) => `h${at}`),
      "plan-invalid: / names more than",
    ],
    ["a host name with capitals", ["Rp4"], 'plan-invalid: /hosts/0/host host name "Rp4" is not'],
    ["a number as host", [7], "plan-invalid: /hosts/0 must be an object"],
    [
      "an unknown field",
      { hosts: ["a"], wait: "1m" },
      'plan-invalid: / has the unknown field "wait"',
    ],
    [
      "an unknown field of a host",
      [{ host: "a", last: true }],
      'plan-invalid: /hosts/0 has the unknown field "last"',
    ],
    ["hosts that are no list", { hosts: "a" }, "plan-invalid: /hosts must be a list"],
    [
      "a soak that is no duration",
      { hosts: ["a"], soak: "soon" },
      'plan-invalid: /soak "soon" is not a duration',
    ],
    ["a soak in bare numbers", { hosts: ["a"], soak: 5 }, "plan-invalid: /soak must be a text"],
    [
      "a soak that no trial may last",
      { hosts: ["a"], soak: "20m", maxTrial: "20m" },
      "plan-impossible: a soak of 20 min and a grace of 2 min make 22 min: a trial may last 20 min (maxTrial)",
    ],
    [
      "a start nobody knows",
      { hosts: ["a"], start: "soon" },
      "plan-invalid: /start must be one of automatic, manual",
    ],
    [
      "a gate nobody knows",
      { hosts: ["a"], gates: ["moon"] },
      "plan-invalid: /gates/0/gate must be one of",
    ],
    [
      "half a host at once",
      { groups: [{ name: "a", hosts: ["a"], parallel: 0.5 }] },
      "plan-invalid: /groups/0/parallel must be a whole number of at least 1",
    ],
    [
      "an optional that is no flag",
      [{ host: "a", optional: "yes" }],
      "plan-invalid: /hosts/0/optional must be true or false",
    ],
    [
      "an unknown load",
      [{ host: "a", carries: ["water"] }],
      "plan-invalid: /hosts/0/carries/0/role must be one of broker, hub",
    ],
    ["a host twice", ["a", "a"], "plan-impossible: a is named twice"],
    [
      "two groups of one name",
      {
        groups: [
          { name: "g", hosts: ["a"] },
          { name: "g", hosts: ["b"] },
        ],
      },
      "plan-impossible: two groups have the same name",
    ],
    [
      "a dependency on a stranger",
      [{ host: "a", after: ["b"] }],
      "plan-impossible: a waits for b, which the plan does not name",
    ],
    [
      "a circle",
      {
        groups: [
          {
            name: "g",
            hosts: [
              { host: "a", after: ["b"] },
              { host: "b", after: ["a"] },
            ],
          },
        ],
      },
      "plan-impossible: nobody could begin: a waits for b, b waits for a",
    ],
    [
      "a dependency on a later group",
      [{ host: "a", after: ["b"] }, "b"],
      "plan-impossible: nobody could begin: a waits for b",
    ],
    [
      "a time zone nobody knows",
      { hosts: ["a"], windows: { zone: "Mars/Base" } },
      "plan-invalid: /windows/zone is no IANA time zone",
    ],
    [
      "a group's time zone that is none",
      { groups: [{ name: "a", hosts: ["a"], windows: { zone: "Mars/Base" } }] },
      "plan-invalid: /groups/0/windows/zone is no IANA time zone",
    ],
    [
      "an hour nobody knows",
      { hosts: ["a"], windows: { zone: "UTC", allow: [{ from: "25:00", to: "26:00" }] } },
      "plan-invalid: /windows/allow/0/from is no time such as 22:30",
    ],
    [
      "an hour past midnight",
      { hosts: ["a"], windows: { zone: "UTC", deny: [{ from: "23:00", to: "24:01" }] } },
      "plan-invalid: /windows/deny/0/to is no time",
    ],
    [
      "a day nobody knows",
      {
        hosts: ["a"],
        windows: { zone: "UTC", deny: [{ days: ["moonday"], from: "00:00", to: "24:00" }] },
      },
      "plan-invalid: /windows/deny/0/days/0/day must be one of sun",
    ],
    ["a group without a name", { groups: [{ hosts: ["a"] }] }, "/groups/0/name must be a text"],
  ])("is refused with its reason: %s", (_name, input, reason) => {
    expect(refusal(input)).toContain(reason);
  });

  it("may name ten thousand hosts in one group without becoming slow to read", () => {
    const hosts = Array.from({ length: 10_000 }, (_, at) => `h${at}`);
    expect(
      parsePlan({ groups: [{ name: "all", hosts, parallel: 50 }] }).groups[0]?.hosts,
    ).toHaveLength(10_000);
  });
});

import { describe, expect, it } from "vitest";
import { planOfRows } from "../../node-red-nodes/rollout/plan-of-rows.ts";
import { parseTimeZone } from "../../src/people/index.ts";

const host = (name: string, carries: readonly string[] = []) => ({
  ...{ host: name, carries, optional: false },
});
const HOME = [host("rp3"), host("rp4"), host("nuc", ["broker", "hub"])];
const config = (fields: object) => ({ id: "rollout", ...fields });
const BERLIN = parseTimeZone("Europe/Berlin");
const orderOf = (fields: object, hosts = HOME) =>
  planOfRows(config(fields), hosts, "default", BERLIN).plan.groups.map((group) =>
    group.hosts.map((one) => one.host).join("+"),
  );

describe("the plan of a rollout node", () => {
  it("without rows lets the fleet's hosts go one by one, the carrier last", () => {
    expect(orderOf({}, HOME.toReversed())).toEqual(["rp4", "rp3", "nuc"]);
  });

  it("follows the rows, hosts with commas between them", () => {
    const groups = [{ name: "both", hosts: "rp4, rp3", parallel: "2" }, { hosts: "nuc" }];
    expect(orderOf({ groups })).toEqual(["rp4+rp3", "nuc"]);
    const { plan } = planOfRows(config({ groups }), HOME, "flow", BERLIN);
    expect(plan).toMatchObject({ conduct: "flow", groups: [{ parallel: 2 }, { name: "nuc" }] });
  });

  it("warns when a row would let the host that carries broker or hub go before others", () => {
    const groups = [
      { name: "a", hosts: "nuc" },
      { name: "b", hosts: "rp3, rp4" },
    ];
    const { plan, warnings } = planOfRows(config({ groups }), HOME, "default", BERLIN);
    expect(plan.groups.at(-1)?.hosts[0]?.host).toBe("nuc");
    expect(warnings).toEqual([expect.stringContaining("nuc carries the broker and hub")]);
  });

  it("warns of a host of the fleet that no row names", () => {
    const groups = [
      { name: "a", hosts: "rp3" },
      { name: "b", hosts: "nuc" },
    ];
    const { warnings } = planOfRows(config({ groups }), HOME, "default", BERLIN);
    expect(warnings).toEqual(["rp4 is in no group: releases leave it out"]);
  });

  it("takes empty fields for the plan's own defaults and filled ones as they stand", () => {
    const { plan } = planOfRows(
      config({ soak: "", lease: "30m", onFailure: "stop" }),
      HOME,
      "default",
      BERLIN,
    );
    expect(plan).toMatchObject({ soak: 300_000, lease: 1_800_000, onFailure: "stop" });
  });

  it.each([
    ["mon-fri 22:00-06:00", { days: [1, 2, 3, 4, 5], from: 1320, to: 360 }],
    ["fri-mon 08:00-09:00", { days: [5, 6, 0, 1], from: 480, to: 540 }],
    ["22:00-06:00", { days: [0, 1, 2, 3, 4, 5, 6], from: 1320, to: 360 }],
    ["sat, sun 10:00 - 12:30", { days: [6, 0], from: 600, to: 750 }],
  ])("reads the window %s", (allow, window) => {
    const { plan } = planOfRows(config({ allow, zone: "Europe/Berlin" }), HOME, "default", BERLIN);
    expect(plan.windows).toEqual({ zone: "Europe/Berlin", allow: [window], deny: [] });
  });

  it.each([
    ["", "Europe/Berlin"],
    [" ", "Europe/Berlin"],
    [undefined, "Europe/Berlin"],
    ["UTC", "UTC"],
  ])("has the fleet's time zone where it names none: %j means %s", (zone, meant) => {
    const groups = [{ hosts: "rp3, rp4" }, { hosts: "nuc", allow: "09:00-16:00" }];
    const fields = { ...(zone === undefined ? {} : { zone }), deny: "23:00-24:00", groups };
    const { plan } = planOfRows(config(fields), HOME, "default", BERLIN);
    expect([plan.windows.zone, plan.groups[1]?.windows?.zone]).toEqual([meant, meant]);
  });

  it("takes a row's windows for times of that group alone", () => {
    const fields = { zone: "Europe/Berlin", deny: "23:00-24:00" };
    const groups = [{ hosts: "rp3, rp4" }, { hosts: "nuc", allow: "mon-fri 09:00-16:00" }];
    const { plan } = planOfRows(config({ ...fields, groups }), HOME, "default", BERLIN);
    const everyDay = [0, 1, 2, 3, 4, 5, 6];
    expect(plan.groups.map(({ windows }) => windows)).toEqual([
      null,
      {
        zone: "Europe/Berlin",
        allow: [{ days: [1, 2, 3, 4, 5], from: 540, to: 960 }],
        deny: [],
      },
    ]);
    expect(plan.windows.deny).toEqual([{ days: everyDay, from: 1380, to: 1440 }]);
  });

  it("refuses a row's window with its words", () => {
    const groups = [{ hosts: "rp3", allow: "at night" }];
    expect(() => planOfRows(config({ groups }), HOME, "default", BERLIN)).toThrow("write it like");
  });

  it.each([
    ["at night", "write it like"],
    ["moon 10:00-11:00", "one of sun"],
    ["10:00-25:00", "no time such as"],
  ])("refuses the window %s", (deny, why) => {
    expect(() => planOfRows(config({ deny }), HOME, "default", BERLIN)).toThrow(why);
  });

  it("refuses a host in two groups", () => {
    const groups = [
      { name: "a", hosts: "rp3" },
      { name: "b", hosts: "rp3" },
    ];
    expect(() => planOfRows(config({ groups }), HOME, "default", BERLIN)).toThrow("named twice");
  });
});

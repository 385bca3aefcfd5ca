import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readFlow } from "../../src/cli/doctor/read-flow.ts";
import { DEFAULT_BASE, formatPublicKey } from "../../src/contract/index.ts";
import { CI_KEY } from "../support/contract-builders.ts";

const FLOWS = ["homelab", "minimal", "with-approval"];
const textOf = (name: string): string => readFileSync(`flows/${name}.json`, "utf8");
const KEY = formatPublicKey(CI_KEY.publicKey);

const FLEET = {
  ...{ id: "f", type: "nixwave-fleet", name: "home", base: "house/v1", channel: "beta" },
  ...{ mqttBroker: "b", releaseKeys: `${KEY}\n`, threshold: "1" },
  hosts: [{ host: "rp4" }, { host: "nuc" }],
};
const BROKER = { id: "b", type: "mqtt-broker" };
const gate = (rows: readonly object[], more: object = {}) => ({
  ...{ id: "g", type: "nixwave-gate", name: "warm", fleet: "f", rows, wires: [] },
  ...more,
});
const read = (...nodes: readonly object[]) => readFlow(JSON.stringify([BROKER, FLEET, ...nodes]));

describe("a flow in the eyes of the doctor", () => {
  test.each(FLOWS)("flows/%s.json, filled with a key, has no fault", (name) => {
    const text = textOf(name);
    expect(readFlow(text).faults).toEqual(["fleet home: names no release key"]);
    const filled = text.replace('"releaseKeys": ""', `"releaseKeys": "${KEY}"`);
    expect(readFlow(filled)).toMatchObject({ faults: [], base: DEFAULT_BASE, channel: "main" });
  });

  test("names hosts, base, channel and keys of the fleet", () => {
    expect(read()).toMatchObject({
      ...{ hosts: ["rp4", "nuc"], base: "house/v1", channel: "beta", threshold: 1, faults: [] },
      releaseKeys: [{ material: CI_KEY.publicKey.material }],
    });
  });

  test("names the sensors of its gates once each, with the longest patience, and no queries", () => {
    const { sensors } = read(
      gate([
        { topic: "tele/a/SENSOR, tele/b/SENSOR", interval: "1m" },
        { topic: "up", format: "prometheus" },
        { topic: "tele/a/SENSOR", expireAfter: "1h" },
        { topic: "tele/c/SENSOR" },
      ]),
      gate([{ topic: "tele/off/SENSOR" }], { id: "g2", d: true }),
    );
    expect(sensors).toEqual([
      { topic: "tele/a/SENSOR", expiresMs: 3_600_000 },
      { topic: "tele/b/SENSOR", expiresMs: 180_000 },
      { topic: "tele/c/SENSOR", expiresMs: 900_000 },
    ]);
  });

  test("names where its release nodes fetch, unless they are switched off or fetch nothing", () => {
    const from = (url: string, more: object = {}) => ({ type: "nixwave-release", url, ...more });
    const here = " https://ci.example/main.json ";
    expect(read(from(here), from(""), from("https://off.example/", { d: true })).webs).toEqual([
      "https://ci.example/main.json",
    ]);
  });

  test.each([
    ["text that is not JSON", "{", "is not JSON"],
    ["something else", "{}", "is not a list of nodes"],
    ["a flow without a fleet", JSON.stringify([BROKER]), "has no fleet"],
    [
      "a fleet whose broker is gone",
      JSON.stringify([FLEET]),
      "fleet home: its broker is not there",
    ],
    [
      "a key that is none",
      JSON.stringify([BROKER, { ...FLEET, releaseKeys: "x" }]),
      "fleet home: releaseKeys",
    ],
    ["a base that is none", JSON.stringify([BROKER, { ...FLEET, base: "#" }]), "fleet home: base"],
    [
      "a host that is none",
      JSON.stringify([BROKER, { ...FLEET, hosts: [{ host: "RP4" }] }]),
      "fleet home: hosts",
    ],
    [
      "a gate of no fleet",
      JSON.stringify([BROKER, FLEET, gate([], { fleet: "x" })]),
      "gate warm: its fleet",
    ],
    [
      "a wire to nowhere",
      JSON.stringify([BROKER, FLEET, gate([], { wires: [["gone"]] })]),
      "gate warm: is wired to gone",
    ],
  ])("has a fault: %s", (_what, text, says) => {
    expect(readFlow(text).faults).toEqual([expect.stringContaining(says)]);
  });

  test("gives no sensor that a person cannot listen to", () => {
    expect(read(gate([{ topic: "tele/+/SENSOR" }, [], null as never])).sensors).toEqual([]);
  });
});

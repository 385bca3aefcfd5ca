import { describe, expect, it } from "vitest";
import { parseFleetConfig } from "../../node-red-nodes/fleet/fleet-config.ts";
import { FLEET_SHAPE, migrateFleet } from "../../node-red-nodes/fleet/migrations.ts";
import { formatPublicKey, type NixwaveError } from "../../src/contract/index.ts";
import { CI_KEY, keyFrom } from "../support/contract-builders.ts";

const key = formatPublicKey(CI_KEY.publicKey);
const other = formatPublicKey(keyFrom("ci-2").publicKey);
const row = (host: string, more: object = {}) => ({ host, carries: [], optional: false, ...more });
const good = {
  ...{ id: "f", shape: 3, name: "", mqttBroker: "b", base: "", fleet: "github:someone/homelab" },
  ...{ channel: "main", hosts: [row("rp4"), row("nuc", { carries: ["broker", "hub"] })] },
  ...{ releaseKeys: key, threshold: "1", language: "", zone: "Europe/Berlin", stateFolder: "" },
  ...{ homeAssistant: false, haPrefix: "", haOperator: "" },
};
const parse = (change: object = {}) => parseFleetConfig({ ...good, ...change }, "/data/red");
const faultOf = (change: object): string => {
  try {
    parse(change);
  } catch (error) {
    expect((error as NixwaveError).code).toBe("fleet-config-invalid");
    return (error as NixwaveError).message;
  }
  return "nothing";
};

describe("the fleet's dialog", () => {
  it("needs few fields: base, language and the state's place have good defaults", () => {
    const config = parse();
    expect(config.base).toBe("nixwave/v1");
    expect(config.home).toEqual({ language: "en", zone: "Europe/Berlin" });
    expect(config.stateFolder).toBe("/data/red/nixwave/github%3Asomeone%2Fhomelab");
    expect(config.plan.groups.map(({ name }) => name)).toEqual(["rp4", "nuc"]);
    expect(config.plan.carriersFrom).toBe(1);
    expect(parse({ zone: "" }).home.zone).not.toBe("");
  });

  it("takes a place of its state that is moved with Node-RED's own folder", () => {
    expect(parse({ stateFolder: "../journal" }).stateFolder).toBe("/data/journal");
    expect(parse({ stateFolder: "/srv/journal" }).stateFolder).toBe("/srv/journal");
  });

  it("names every field at fault at once", () => {
    const message = faultOf({
      ...{ mqttBroker: "", base: "a/#", fleet: "", channel: "Main", hosts: [row("Rp4")] },
      ...{ releaseKeys: "x", threshold: "9", language: "fr", zone: "Moon", stateFolder: "here" },
    });
    for (const field of [
      ...["mqttBroker", "base", "fleet", "channel", "hosts", "releaseKeys"],
      ...["threshold", "language", "zone", "stateFolder"],
    ]) {
      expect(message).toContain(`${field}: `);
    }
  });

  it.each([
    ["no host", { hosts: [] }, "hosts: names no host"],
    ["a host twice", { hosts: [row("rp4"), row("rp4")] }, 'hosts: "rp4" is there twice'],
    ["an unknown role", { hosts: [row("rp4", { carries: ["dns"] })] }, "hosts: "],
    ["rows that are none", { hosts: "rp4" }, "hosts: names no host"],
    ["no key", { releaseKeys: "\n" }, "releaseKeys: names no key"],
    ["a key twice", { releaseKeys: `${key}\n${key}` }, "releaseKeys: one key is there twice"],
    ["more signatures than keys", { threshold: "2" }, "threshold: 2 signatures of 1 keys"],
  ])("refuses %s", (_what, change, message) => {
    expect(faultOf(change)).toContain(message);
  });

  it("takes keys from lines or commas, and asks for as many signatures as it says", () => {
    const { releaseKeys } = parse({ releaseKeys: `${key},\n ${other}\n`, threshold: "2" });
    expect(releaseKeys.keys.map(formatPublicKey)).toEqual([key, other]);
    expect(releaseKeys.threshold).toBe(2);
  });
});

describe("Home Assistant in the fleet's dialog", () => {
  it("is off unless it is ticked, whatever its other fields say", () => {
    expect(parse().homeAssistant).toBeNull();
    expect(parse({ haPrefix: "ha", haOperator: "assistant" }).homeAssistant).toBeNull();
    expect(parse({ homeAssistant: "true" }).homeAssistant).toBeNull();
  });

  it("has the usual prefix and no operator unless they are named", () => {
    expect(parse({ homeAssistant: true }).homeAssistant).toEqual({
      ...{ prefix: "homeassistant", operator: null },
    });
    const named = { homeAssistant: true, haPrefix: " home/ha ", haOperator: "assistant" };
    expect(parse(named).homeAssistant).toEqual({ prefix: "home/ha", operator: "assistant" });
  });

  it.each([
    [{ haPrefix: "a/#" }, "haPrefix: "],
    [{ haPrefix: "/a" }, "haPrefix: "],
    [{ haOperator: "hold" }, "haOperator: "],
    [{ haOperator: "a/b" }, "haOperator: "],
  ])("refuses %j", (change, message) => {
    expect(faultOf({ homeAssistant: true, ...change })).toContain(message);
  });

  it("is off in a flow from before it could be told", () => {
    const { homeAssistant: _h, haPrefix: _p, haOperator: _o, ...before } = good;
    expect(migrateFleet({ ...before, shape: 2 })).toEqual(good);
    expect(parseFleetConfig({ ...before, shape: 2 }, "/data/red").homeAssistant).toBeNull();
  });
});

describe("a fleet from before it shared the broker node", () => {
  const old = {
    ...{ id: "f", fleet: "home", channel: "main", hosts: "rp4, x1\nnuc", releaseKeys: key },
    ...{ threshold: "1", hubKeyFile: "/var/lib/hub.secret", broker: "mqtt://127.0.0.1:1883" },
    ...{ user: "hub", passwordFile: "/var/lib/password", base: "nixwave/v1" },
  };

  it("keeps its hosts as rows, in their order, and where its key lies", () => {
    const now = migrateFleet(old);
    expect(now["shape"]).toBe(FLEET_SHAPE);
    expect(now).not.toHaveProperty("v");
    expect(now["hosts"]).toEqual([row("rp4"), row("x1"), row("nuc")]);
    expect(now).not.toHaveProperty("passwordFile");
    expect(parseFleetConfig({ ...old, mqttBroker: "b" }, "/d").hubKeyFile).toBe(
      "/var/lib/hub.secret",
    );
  });

  it("is told which broker node it has to choose, and never a password", () => {
    const fault = (fields: object) => {
      try {
        parseFleetConfig({ ...old, ...fields }, "/d");
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(fault({})).toBe(
      "mqttBroker: choose one of Node-RED's mqtt-broker nodes, which was mqtt://127.0.0.1:1883",
    );
    expect(fault({ broker: "mqtt://hub:secret@nuc" })).not.toContain("secret");
  });

  it("loses the name of one letter that the editor keeps for itself", () => {
    const { shape, ...fields } = good;
    expect(shape).toBe(FLEET_SHAPE);
    expect(migrateFleet({ ...fields, v: 1 })).toEqual(good);
  });

  it("is left alone when it is of today's version", () => {
    expect(migrateFleet(good)).toBe(good);
  });
});

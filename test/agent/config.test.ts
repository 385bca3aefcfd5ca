import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONFIG_EXAMPLE, parseAgentConfig } from "../../agent/config.ts";
import { formatPublicKey, NixwaveError } from "../../src/contract/index.ts";
import { CI_KEY, HUB_KEY, keyFrom, utf8 } from "../support/contract-builders.ts";

const complete = {
  ...{ host: "rp4", fleet: "github:someone/homelab", channel: "main", system: "aarch64-linux" },
  broker: "mqtt://nuc.lan",
  releaseKeys: [formatPublicKey(CI_KEY.publicKey)],
  hubKeys: [formatPublicKey(HUB_KEY.publicKey)],
  substituters: ["https://someone.cachix.org"],
  cacheKeys: [formatPublicKey(keyFrom("cache-1").publicKey)],
};
const parse = (config: unknown) => parseAgentConfig(utf8(JSON.stringify(config)), "rp4.json");
const fault = (config: unknown): string => {
  try {
    parse(config);
  } catch (error) {
    if (error instanceof NixwaveError && error.code === "agent-config-invalid")
      return error.message;
    throw error;
  }
  return "";
};

describe("the agent's configuration", () => {
  it("is complete with what a host must say of itself", () => {
    expect(parse(complete)).toMatchObject({
      broker: "mqtt://nuc.lan:1883",
      root: "/",
      passwordFile: null,
      trust: { host: "rp4", epoch: 1, serialFloor: 0, releaseKeys: { threshold: 1 } },
    });
  });

  it("is what the example in the help shows", () => {
    const key = (name: string): string => formatPublicKey(keyFrom(name).publicKey);
    const keys = CONFIG_EXAMPLE.replace(/([^"]+):\.\.\./g, (_all, name: string) => key(name));
    expect(parse(JSON.parse(keys))).toMatchObject({ trust: { host: "rp4" } });
  });

  it.each([
    ["host", "Rp4", "host name"],
    ["host", undefined, "is missing"],
    ["fleet", "", "fleet"],
    ["channel", "main/x", "channel"],
    ["system", "aarch64", "system type"],
    ["broker", "http://nuc", "mqtt://"],
    ["broker", "mqtt://hub:secret@nuc", "credentials"],
    ["base", "a/#", "base topic"],
    ["releaseKeys", [], "not a list"],
    ["releaseKeys", ["ci-1:abc"], "releaseKeys/0"],
    ["releaseThreshold", 0, "whole number from 1 to 8"],
    ["hubKeys", "hub-1:abc", "not a list"],
    ["substituters", ["/nix/store"], "substituters/0"],
    ["cacheKeys", [7], "is not a text"],
    ["stateDirectory", "/var/lib/nixwave", "is unknown"],
    ["passwordFile", "password", "passwordFile"],
    ["root", "./root", "root"],
    ["clock", "guess", "system or assume"],
    ["trustEpoch", 1.5, "whole number"],
    ["serialFloor", -1, "whole number"],
    ["rollbackWindow", "30 days", "duration"],
    ["pullLimit", "soon", "duration"],
    ["switchLimit", 900, "is not a text"],
    ["pasword", "x", "is unknown"],
    ["mode", "watch", "active or observe"],
    ["netrcFile", "netrc", "an absolute path"],
    ["pullJobs", 0, "whole number from 1 to 64"],
    ["stallLimit", "0s", "from 1s to 1d"],
    ["switchLimit", "0s", "from 1s to 1d"],
    ["probeLimit", "2h", "from 1s to 1h"],
    ["lease", "1s", "from 1m to 1d"],
    ["probes", [{ name: "Web", kind: "ping" }], "probes/0/kind"],
    ["witness", [{ host: "NUC" }], "witness/0/host"],
    ["guards", { window: [{ from: "25:00", to: "06:00" }] }, "guards/window/0/from"],
    ["timeZone", "Mars/Base", "Europe/Berlin"],
    ["rebootToRecover", "yes", "neither true nor false"],
    ["publishLog", 1, "neither true nor false"],
    ["caFile", "home-ca.pem", "an absolute path"],
    ["tls", { caFile: "/ca.pem" }, "only mqtts:// and wss://"],
    ["tls", { caFile: "ca.pem" }, "an absolute path"],
    ["tls", { certFile: "/host.pem" }, "belong together"],
    ["tls", { password: "x" }, "is unknown"],
    ["releaseThreshold", 2, "asks for 2 signatures, and there is 1 key"],
    ["hubKeys", complete.releaseKeys, "who says when must not say what"],
    [
      "witness",
      [{ host: "rp4", probes: [{ kind: "tcp", host: "a", port: 1 }] }],
      "this host itself",
    ],
  ])("names %s when it is %j", (field, value, why) => {
    expect(fault({ ...complete, [field]: value })).toContain(`"${field}`);
    expect(fault({ ...complete, [field]: value })).toContain(why);
  });

  it("names every fault at once, each on a line of its own", () => {
    const message = fault({ ...complete, host: "RP4", broker: "nuc", colour: "red" });
    expect(message.split("\n")).toEqual([
      "rp4.json has 3 faults:",
      expect.stringMatching(/^ {2}"host": .*"RP4"/),
      expect.stringMatching(/^ {2}"broker": .*"nuc"/),
      '  "colour": is unknown',
    ]);
  });

  it("counts one key that is there twice as one", () => {
    const twice = { ...complete, releaseKeys: [...complete.releaseKeys, ...complete.releaseKeys] };
    expect(fault({ ...twice, releaseThreshold: 2 })).toContain("there is 1 key");
  });

  it("says where the JSON breaks off, and nothing of what stands there", () => {
    const broken = () => parseAgentConfig(utf8('{\n  "host": "hunter2",\n}'), "rp4.json");
    expect(broken).toThrow("rp4.json: the text is not JSON from line 3, column 1 on");
  });

  it("never repeats a password that somebody put into the broker's address", () => {
    expect(fault({ ...complete, broker: "mqtt://hub:hunter2@nuc" })).not.toContain("hunter2");
  });

  it("refuses anything else with its own code", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          parseAgentConfig(utf8(text), "x");
        } catch (error) {
          expect(error).toMatchObject({ code: "agent-config-invalid" });
          return;
        }
        throw new Error(`${text} was accepted`);
      }),
    );
  });
});

describe("the agent's command line", () => {
  const main = fileURLToPath(new URL("../../agent/main.ts", import.meta.url));
  const run = async (...args: readonly string[]) =>
    await promisify(execFile)(process.execPath, [main, ...args]).then(
      ({ stdout }) => ({ code: 0, said: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
    );

  it("explains itself", async () => {
    expect(await run("--help")).toMatchObject({
      code: 0,
      said: expect.stringContaining("--config"),
    });
  });

  it("refuses to start without a configuration, with a code and the way out", async () => {
    expect(await run()).toMatchObject({ code: 2, said: expect.stringContaining("[wrong-usage]") });
    expect(await run("--config", "/nowhere/at/all")).toMatchObject({
      code: 1,
      said: expect.stringContaining("[file-unreadable]"),
    });
    expect(await run("--config", "/dev/zero")).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^error\[too-large\]: \/dev\/zero has more than/),
    });
    expect((await run("statsu", "--json")).said).toBe(
      'error[wrong-usage]: "statsu" is no command\n  See `nixwave-agent --help`.\n',
    );
    const misspelt = await run("--colour");
    expect(misspelt.said).toMatch(/^error\[wrong-usage\]: Unknown option '--colour'/);
    expect(misspelt.said).not.toContain("parse_args");
  });
});

import { describe, expect, it } from "vitest";
import { parseProbes, parseWitness } from "../../agent/probe/probe-config.ts";

const patience = { timeoutMs: 5000, retries: null, withinMs: 60_000 };

function parsed<T>(parse: (value: unknown, faults: string[]) => T, value: unknown): T {
  const faults: string[] = [];
  const found = parse(value, faults);
  expect(faults).toEqual([]);
  return found;
}
function faultsOf(parse: (value: unknown, faults: string[]) => unknown, value: unknown): string {
  const faults: string[] = [];
  parse(value, faults);
  return faults.join("; ");
}

describe("the probes in a host's configuration", () => {
  it("are none when nothing is said", () => {
    expect(parsed(parseProbes, undefined)).toEqual([]);
    expect(parsed(parseProbes, [])).toEqual([]);
  });

  it.each([
    [
      { kind: "units", units: ["nginx.service", "zigbee2mqtt.service"] },
      { kind: "units", units: ["nginx.service", "zigbee2mqtt.service"], settleMs: 5000 },
      "nginx.service, zigbee2mqtt.service",
    ],
    [
      { kind: "tcp", host: "nuc.lan", port: 1883 },
      { kind: "tcp", host: "nuc.lan", port: 1883 },
      "nuc.lan:1883",
    ],
    [
      { kind: "http", url: "http://localhost:8123" },
      {
        kind: "http",
        url: "http://localhost:8123/",
        status: { from: 200, to: 399 },
        contains: null,
      },
      "http://localhost:8123/",
    ],
    [
      { kind: "http", url: "https://[fd00::1]/x", status: 204, contains: "ok" },
      { kind: "http", url: "https://[fd00::1]/x", status: { from: 204, to: 204 }, contains: "ok" },
      "https://[fd00::1]/x",
    ],
    [{ kind: "broker" }, { kind: "broker" }, "broker"],
    [{ kind: "cache" }, { kind: "cache" }, "cache"],
  ])("%j has its defaults and a name for people", (value, plan, name) => {
    expect(parsed(parseProbes, [value])).toEqual([{ ...plan, ...patience, name }]);
  });

  it.each([
    ["/run/current-system/sw/bin/picture", []],
    [
      ["/run/current-system/sw/bin/picture", "--to", ""],
      ["--to", ""],
    ],
  ])("a command is a program, or a list that no shell reads: %j", (program, args) => {
    expect(parsed(parseProbes, [{ kind: "command", program }])).toEqual([
      {
        ...{ kind: "command", program: "/run/current-system/sw/bin/picture", args },
        ...patience,
        timeoutMs: 30_000,
        name: "picture",
      },
    ]);
  });

  it("take their patience from the configuration", () => {
    const value = { kind: "broker", name: "hub", timeout: "2s", retries: 3, within: "20s" };
    expect(parsed(parseProbes, [value])).toEqual([
      { kind: "broker", name: "hub", timeoutMs: 2000, retries: 3, withinMs: 20_000 },
    ]);
  });

  it.each([
    [{}, '"probes": is not a list'],
    [["tcp"], '"probes/0": is not a JSON object'],
    [[{ port: 1 }], '"probes/0/kind": is missing'],
    [[{ kind: "ping" }], '"probes/0/kind": "ping" is not one of units, tcp'],
    [[{ kind: "broker", host: "nuc" }], '"probes/0/host": is unknown'],
    [[{ kind: "tcp", host: "nuc" }], '"probes/0/port": is missing'],
    [[{ kind: "tcp", host: "nuc", port: "1883" }], '"probes/0/port": is not a whole number'],
    [[{ kind: "tcp", host: "nu c", port: 1 }], '"probes/0/host": is not a host'],
    [[{ kind: "http", url: "ftp://nuc" }], '"probes/0/url": is not an http'],
    [[{ kind: "http", url: "http://a:b@nuc" }], '"probes/0/url": is not an http'],
    [[{ kind: "http", url: "http://nuc", status: "399..200" }], '"probes/0/status": is not a'],
    [[{ kind: "http", url: "http://nuc", status: 99 }], '"probes/0/status": is not a'],
    [[{ kind: "http", url: "http://nuc", contains: "" }], '"probes/0/contains": "" is not'],
    [[{ kind: "command", program: "picture" }], '"probes/0/program": "picture" is not an absolute'],
    [[{ kind: "command", program: [] }], '"probes/0/program/0": is not a text'],
    [[{ kind: "command", program: ["/bin/x", 3] }], '"probes/0/program/1": is not a text'],
    [[{ kind: "units", units: [] }], '"probes/0/units": is not a list of 1 to 32'],
    [[{ kind: "units", units: ["--all.service"] }], '"probes/0/units/0": "--all.service" is not'],
    [[{ kind: "units", units: ["nginx"] }], '"probes/0/units/0": "nginx" is not a unit'],
    [
      [{ kind: "units", units: ["a.service"], settle: "1m" }],
      '"probes/0/settle": is not shorter than within',
    ],
    [[{ kind: "broker", within: "16m" }], '"probes/0/within": is not a duration from 100ms to 15m'],
    [[{ kind: "broker", timeout: "0s" }], '"probes/0/timeout": is not a duration'],
    [[{ kind: "broker", retries: -1 }], '"probes/0/retries": is not a whole number'],
    [[{ kind: "broker", name: "a\nb" }], '"probes/0/name"'],
    [Array(17).fill({ kind: "broker" }), '"probes": is not a list of 0 to 16 entries'],
  ])("%j is refused with the place of the fault", (value, message) => {
    expect(faultsOf(parseProbes, value)).toContain(message);
  });

  it("name every fault at once", () => {
    const value = [
      { kind: "tcp", port: 0 },
      { kind: "http", status: "x", color: 1 },
    ];
    expect(faultsOf(parseProbes, value).split("; ")).toHaveLength(5);
  });
});

describe("the witness probes in a host's configuration", () => {
  const broker = { kind: "broker" };

  it("look at another host every minute", () => {
    expect(parsed(parseWitness, [{ host: "nuc", probes: [broker] }])).toMatchObject([
      { host: "nuc", everyMs: 60_000, probes: [{ kind: "broker" }] },
    ]);
    expect(parsed(parseWitness, undefined)).toEqual([]);
  });

  it.each([
    [[{ probes: [broker] }], '"witness/0/host": is missing'],
    [[{ host: "Nuc", probes: [broker] }], '"witness/0/host": host name "Nuc"'],
    [[{ host: "nuc", probes: [] }], '"witness/0/probes": is not a list of 1 to 8'],
    [[{ host: "nuc", every: "1s", probes: [broker] }], '"witness/0/every": is not a duration'],
    [[{ host: "nuc", every: "1m", probe: [], probes: [broker] }], '"witness/0/probe": is unknown'],
    [
      [{ host: "nuc", probes: [{ kind: "command", program: "/bin/true" }] }],
      '"witness/0/probes/0/kind": "command" is not one of tcp, http, broker, cache',
    ],
    [[{ host: "nuc", probes: [{ kind: "units", units: ["a.service"] }] }], "is not one of tcp"],
    [
      [
        { host: "nuc", probes: [broker] },
        { host: "nuc", probes: [broker] },
      ],
      '"witness": names a host twice',
    ],
    [
      ["a", "b", "c"].map((host) => ({ host, probes: Array(6).fill(broker) })),
      '"witness": has more than 16 probes',
    ],
  ])("%j is refused with the place of the fault", (value, message) => {
    expect(faultsOf(parseWitness, value)).toContain(message);
  });

  const away = { server: "https://ntfy.sh", topic: "k4TzQ9" };

  it("may tell a server elsewhere that none of them passes, after 20 minutes and in English", () => {
    const [plan] = parsed(parseWitness, [{ host: "nuc", probes: [broker], away }]);
    expect(plan?.away).toEqual({
      ...{ server: "https://ntfy.sh/", topic: "k4TzQ9", tokenFile: null },
      ...{ afterMs: 1_200_000, language: "en" },
    });
    expect(parsed(parseWitness, [{ host: "nuc", probes: [broker] }])[0]?.away).toBeNull();
  });

  it.each([
    [{ server: undefined }, '"witness/0/away/server": is missing'],
    [{ topic: undefined }, '"witness/0/away/topic": is missing'],
    [{ server: "ntfy.sh" }, '"witness/0/away/server": is not the http:// or https:// address'],
    [{ server: "ftp://ntfy.sh" }, '"witness/0/away/server": is not'],
    [{ server: "https://ada:secret@ntfy.sh" }, '"witness/0/away/server": is not'],
    [{ server: "https://ntfy.sh/k4TzQ9" }, '"witness/0/away/server": is not'],
    [{ server: "https://ntfy.sh/?x" }, '"witness/0/away/server": is not'],
    [{ topic: "nuc gone" }, '"witness/0/away/topic": "nuc gone" is not a topic of'],
    [{ topic: "x".repeat(65) }, '"witness/0/away/topic": '],
    [{ token: "tk_1" }, '"witness/0/away/token": is unknown'],
    [{ tokenFile: "token" }, '"witness/0/away/tokenFile": "token" is not an absolute path'],
    [{ after: "5s" }, '"witness/0/away/after": is not a duration from 10s to 1d'],
    [{ after: 20 }, '"witness/0/away/after": is not a text'],
    [{ after: "1m" }, '"witness/0/away/after": is not longer than every'],
    [{ language: "fr" }, '"witness/0/away/language": "fr" is not one of en, de'],
  ])("with %j for a server elsewhere is refused with the place of the fault", (given, message) => {
    const value = [{ host: "nuc", probes: [broker], away: { ...away, ...given } }];
    expect(faultsOf(parseWitness, value)).toContain(message);
  });

  it("names every fault of a server elsewhere at once", () => {
    const faults: string[] = [];
    parseWitness([{ host: "nuc", probes: [broker], away: { server: "x", topic: "" } }], faults);
    expect(faults).toHaveLength(2);
    expect(faultsOf(parseWitness, [{ host: "nuc", probes: [broker], away: "ntfy.sh" }])).toBe(
      '"witness/0/away": is not a JSON object',
    );
  });

  it("is checked although other parts of the configuration are at fault", () => {
    const faults = ['"broker": is missing'];
    const twice = { host: "nuc", probes: [broker] };
    parseWitness([twice, twice], faults);
    expect(faults).toHaveLength(2);
  });
});

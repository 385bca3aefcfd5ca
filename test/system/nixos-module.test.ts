import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { underLock } from "../../agent/activator/lock.ts";
import { MEMORY_FORMS, rangeOf } from "../../agent/activator/memory-forms.ts";
import { placesBelow } from "../../agent/activator/places.ts";
import { type AgentConfig, parseAgentConfig } from "../../agent/config.ts";
import { MARKER_FILE, systemMarkerCodec } from "../../src/contract/index.ts";
import { needs } from "../support/system-parts.ts";
import { complaintAbout, type EvaluatedHost, evaluated, rightHosts } from "./nixos-rig.ts";

const skip = needs("nix").skip;
const ALL = "import ./nix/test/all.nix { lib = import ./nix/test/minilib.nix; ";
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Without Node's key objects, which are never equal. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const hosts = skip ? {} : rightHosts();
const host = (name: string): EvaluatedHost => {
  const found = hosts[name];
  if (found === undefined) throw new Error(`nix/test/cases/right.nix has no ${name}`);
  return found;
};
const configOf = (name: string, reader: "activator" | "agent"): AgentConfig =>
  parseAgentConfig(bytesOf(host(name)[reader]), `${name}'s ${reader}`);

type WrongValue = readonly [option: string, value: unknown];
const wrongValues: readonly WrongValue[] = skip
  ? []
  : evaluated("map (case: [ (builtins.head case) 0 ]) (import ./nix/test/cases/wrong.nix)");

describe.skipIf(skip)("services.nixwave.agent", () => {
  it("passes every case that people with nixpkgs can run too", () => {
    expect(evaluated<string[]>(`${ALL} }`)).toEqual([]);
  });

  it.each(wrongValues.map(([option], place) => ({ option, place })))(
    "names $option when its value is wrong (case $place)",
    ({ option, place }) => {
      const said = complaintAbout(`${ALL} wrongOnly = ${place}; }`);
      expect(said).toContain(`services.nixwave.agent.${option}`);
    },
  );

  it("has a wrong value for each of its options among the cases", () => {
    const tried = wrongValues.map(([option]) => option);
    const untried = host("least").optionNames.filter((option) => !tried.includes(option));
    expect(untried).toEqual([]);
  });

  it("writes nothing anywhere while it is not enabled", () => {
    expect(host("disabled")).toEqual({
      ...{ failed: [], warnings: [], optionNames: expect.any(Array) },
    });
  });
});

const enabled = Object.keys(hosts).filter((name) => name !== "disabled");

describe.skipIf(skip)("what the module renders", () => {
  it.each(enabled)("is taken by the agent's own parser, for both readers: %s", (name) => {
    expect(plain(configOf(name, "agent").trust)).toEqual(plain(configOf(name, "activator").trust));
  });

  it("is, of the least that a host says, what the parser assumes anyway, but the mode", () => {
    const {
      fleet,
      host: hostName,
      channel,
      system,
      broker,
      releaseKeys,
      hubKeys,
    } = host("least").activator as Record<string, unknown>;
    const { substituters, cacheKeys } = host("least").activator as Record<string, unknown>;
    const least = { fleet, host: hostName, channel, system, broker, releaseKeys, hubKeys };
    const assumed = parseAgentConfig(bytesOf({ ...least, substituters, cacheKeys }), "least");
    expect(plain(configOf("least", "activator"))).toEqual(plain({ ...assumed, mode: "observe" }));
  });

  it("says all that a host's configuration says", () => {
    const { activator } = host("full");
    expect(configOf("full", "activator")).toMatchObject({
      ...{ mode: "active", rebootToRecover: false, publishLog: true, pullJobs: 8 },
      ...{ timeZone: "Europe/Berlin", pullLimit: 5_400_000, base: "home/nixwave" },
      trust: { host: "nuc", channel: "stable", epoch: 2, releaseKeys: { threshold: 2 } },
      guards: { minIntervalMs: 21_600_000, maxPerDay: 3, laptop: null },
      witness: [{ host: "rp4", everyMs: 30_000, probes: [{ name: "SSH", port: 22 }] }],
    });
    expect((activator as { probes: unknown[] }).probes).toHaveLength(7);
    expect(configOf("full", "activator").guards.window).toHaveLength(2);
  });

  it("gives the agent copies of secrets, and root the files, so that no lost secret stops a way back", () => {
    expect(configOf("full", "activator")).toMatchObject({
      ...{ passwordFile: "/var/lib/secrets/mqtt", netrcFile: "/var/lib/secrets/netrc" },
      tls: { certFile: "/etc/nixwave/nuc.pem", keyFile: "/var/lib/secrets/nuc.key" },
    });
    expect(configOf("full", "activator").witness[0]?.away).toMatchObject({
      ...{ tokenFile: "/var/lib/secrets/ntfy", afterMs: 900_000, language: "de" },
    });
    const credentials = "/run/credentials/nixwave-agent.service";
    expect(configOf("full", "agent")).toMatchObject({
      ...{ passwordFile: `${credentials}/mqtt-password`, netrcFile: `${credentials}/netrc` },
      tls: { certFile: "/etc/nixwave/nuc.pem", keyFile: `${credentials}/mqtt-key` },
      witness: [{ away: { tokenFile: `${credentials}/away-rp4` } }],
    });
    expect(host("full").units["nixwave-agent.service"]).toContain(
      [
        "LoadCredential=mqtt-password:/var/lib/secrets/mqtt",
        "LoadCredential=mqtt-key:/var/lib/secrets/nuc.key",
        "LoadCredential=netrc:/var/lib/secrets/netrc",
        "LoadCredential=away-rp4:/var/lib/secrets/ntfy\n",
      ].join("\n"),
    );
    expect(host("full").units["nixwave-activator.service"]).not.toContain("Credential");
  });

  it("is on a laptop what asks its person, and nothing elsewhere", () => {
    expect(configOf("laptop", "activator").guards.laptop).toMatchObject({
      minBatteryPercent: 40,
      notice: { waitMs: 60_000, laterMs: 3_600_000, most: 3, language: "de" },
    });
    expect(configOf("least", "activator").guards.laptop).toBeNull();
  });

  it("takes caches and their keys from nix.settings", () => {
    const { substituters, cacheKeys } = configOf("of nix.settings", "activator");
    expect(substituters).toEqual([
      ...["https://cache.nixos.org/", "https://someone.cachix.org", "file:///srv/cache"],
    ]);
    expect(cacheKeys.map(({ name }) => name)).toEqual(["someone.cachix.org-1", "lan-1"]);
  });

  it("is where the commands look for it", () => {
    const file = host("full").etc["nixwave/config.json"] ?? "";
    expect(JSON.parse(file)).toEqual(host("full").activator);
  });

  it.each(enabled)("marks the system so that its host may try it: %s", (name) => {
    const { marker, toplevel } = host(name);
    const read = systemMarkerCodec.parse(bytesOf(marker));
    const { trust } = configOf(name, "activator");
    const { fleet, system } = trust;
    expect(read).toMatchObject({ fleet, system, host: trust.host, memory: rangeOf(MEMORY_FORMS) });
    expect(read.releaseKeys).toHaveLength(trust.releaseKeys.keys.length);
    expect(toplevel).toContain(`mkdir -p $out/${dirname(MARKER_FILE)}`);
    expect(toplevel).toContain(`-nixwave-host.json $out/${MARKER_FILE}`);
  });

  it("starts the activator under the lock as the activator would take it, and the deadman under none", () => {
    const [text = ""] = Object.values(host("full").programs);
    const [, ...words] = underLock(placesBelow("/").lock, 60, ['"$@"']);
    expect(text).toContain(`/bin/flock ${words.join(" ")}\n`);
    expect(text.indexOf("deadman")).toBeLessThan(text.indexOf("flock"));
  });

  it("names as the activator the very program of its unit", () => {
    const { activator } = systemMarkerCodec.parse(bytesOf(host("full").marker));
    expect(host("full").units["nixwave-activator.service"]).toContain(`ExecStart=${activator}\n`);
  });

  it("makes the places of docs/host.md, with their owners", () => {
    const { state, reportFolder, inbox, taken, out } = placesBelow("/");
    expect(host("full").tmpfiles).toEqual([
      `d ${state} 0700 root root -`,
      `d ${reportFolder} 0750 root nixwave -`,
      `d ${dirname(inbox)} 0755 root root -`,
      `d ${inbox} 0700 nixwave nixwave -`,
      `d ${taken} 0700 root root -`,
      `d ${out} 0750 root nixwave -`,
    ]);
    expect(host("full").users["nixwave"]).toMatchObject({ isSystemUser: true, group: "nixwave" });
  });
});

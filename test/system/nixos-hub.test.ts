import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_FILE, accessForNix } from "../../tools/access-for-nix.ts";
import { needs } from "../support/system-parts.ts";
import {
  complaintAbout,
  type EvaluatedHub,
  EXPOSURE_BELOW,
  evaluated,
  exposureOf,
  rightHubs,
  STATED_VERSION,
  saidOfUnits,
  UNWEIGHED,
  versionOfSystemd,
  writeUnits,
} from "./nixos-rig.ts";

const skip = needs("nix").skip;
const skipUnits = needs("nix", "systemd").skip;
const ALL = "import ./nix/test/all-hub.nix { lib = import ./nix/test/minilib.nix; ";

let folder: string;
let hubs: Readonly<Record<string, EvaluatedHub>>;
beforeAll(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "nixwave-hub-units-"));
  hubs = rightHubs(join(folder, "built"));
});
afterAll(() => {
  if (!skip) rmSync(folder, { recursive: true });
});

const hub = (name: string): EvaluatedHub => {
  const found = hubs[name];
  if (found === undefined) throw new Error(`nix/test/cases/hub-right.nix has no ${name}`);
  return found;
};
const unitOf = (name: string): string => hub(name).units["nixwave-hub.service"] ?? "";
const sorted = (texts: readonly string[]): readonly string[] =>
  texts.toSorted((one, other) => one.localeCompare(other));
const after = (command: readonly string[] = [], flag: string): readonly string[] =>
  command.filter((_, index) => command[index - 1] === flag);

type WrongValue = readonly [option: string, value: unknown];
const wrongValues: readonly WrongValue[] = skip
  ? []
  : evaluated("map (case: [ (builtins.head case) 0 ]) (import ./nix/test/cases/hub-wrong.nix)");

describe.skipIf(skip)("services.nixwave.hub", () => {
  it("passes every case that people with nixpkgs can run too", () => {
    expect(evaluated<string[]>(`${ALL} }`)).toEqual([]);
  });

  it("names each option whose value is wrong", () => {
    const silent = wrongValues.filter(
      ([option], place) =>
        !complaintAbout(`${ALL} wrongOnly = ${place}; }`).includes(
          `services.nixwave.hub.${option}`,
        ),
    );
    expect(silent).toEqual([]);
  }, 60_000);

  it("has a wrong value for each of its options among the cases", () => {
    const tried = wrongValues.map(([option]) => option);
    expect(hub("least").optionNames.filter((option) => !tried.includes(option))).toEqual([]);
  });

  it("writes nothing anywhere while it is not enabled", () => {
    expect(hub("disabled")).toEqual({
      ...{ failed: [], warnings: [], optionNames: expect.any(Array) },
    });
  });
});

describe.skipIf(skip)("what the hub's module renders", () => {
  it("says all that the configuration says, and of secrets where the unit finds its copies", () => {
    const { command = [] } = hub("full").rendered;
    const credentials = "/run/credentials/nixwave-hub.service";
    const said = Object.fromEntries(
      command.flatMap((word, index) => (word.startsWith("--") ? [[word, command[index + 1]]] : [])),
    );
    expect(said).toMatchObject({
      ...{ "--state": "/var/lib/nixwave/hub", "--editor": "[::]:8443", "--flow": "homelab" },
      ...{ "--cert": "/etc/nixwave/nuc.pem", "--key": `${credentials}/tls-key` },
      ...{ "--mqtt": "0.0.0.0:1883", "--mqtt-tls": "[::]:8883", "--carrier": "nuc" },
      ...{ "--fleet": "github:someone/homelab", "--channel": "stable", "--zone": "Europe/Berlin" },
      ...{ "--ntfy-topic": "home_100", "--ntfy-server": "https://ntfy.example" },
      ...{ "--ntfy-token-file": `${credentials}/ntfy-token`, "--release-every": "2m" },
      ...{ "--release-token-file": `${credentials}/release-token`, "--language": "de" },
    });
    expect(command).toContain("--anonymous");
    expect(after(command, "--host")).toEqual(["rp4", "nuc"]);
    expect(after(command, "--release-key")).toHaveLength(2);
    expect(hub("full").ports).toEqual([8443, 1883, 8883]);
    const unit = unitOf("full");
    expect(unit).toContain("LoadCredential=tls-key:/var/lib/secrets/nuc key\n");
    expect(unit).toContain('"https://example.org/a%%20release.json?x=$$1"');
  });

  it("brings the hub to a broker that is there, with its own account", () => {
    const { command } = hub("other").rendered;
    expect(after(command, "--broker")).toEqual(["mqtts://broker.lan:8883"]);
    expect(after(command, "--user")).toEqual(["hub2"]);
    expect(after(command, "--flow")).toEqual(["/etc/nixwave/flow.json"]);
    expect(command).not.toContain("--mqtt");
  });

  it("lets systemd own a folder below /var/lib, and makes another one itself", () => {
    expect(hub("least").units["nixwave-hub.service"]).toContain("StateDirectory=nixwave-hub\n");
    expect(hub("least").tmpfiles).not.toContainEqual(expect.stringContaining("/var/lib"));
    const unit = hub("of a root that is emptied at boot").units["nixwave-hub.service"];
    expect(unit).toContain("ReadWritePaths=/persist/nixwave-hub\n");
    expect(unit).toContain("RequiresMountsFor=/persist/nixwave-hub\n");
    expect(hub("of a root that is emptied at boot").tmpfiles).toContain(
      "d /persist/nixwave-hub 0700 nixwave-hub nixwave-hub -",
    );
  });

  it("lets mosquitto's accounts do exactly what `nixwave acl mosquitto` says", () => {
    expect(readFileSync(ACCESS_FILE, "utf8")).toBe(accessForNix());
    const args = ["acl", "mosquitto", "--nixos", "--hosts", "rp4,nuc", "--operators", "me"];
    const printed = execFileSync(process.execPath, ["src/cli/main.ts", ...args], {
      encoding: "utf8",
    });
    type Listeners = EvaluatedHub["mosquitto"]["listeners"];
    const rights = (listeners: Listeners) =>
      listeners
        .map(({ port, acl, users = {} }) => ({
          ...{ port, acl: acl && sorted(acl) },
          users: Object.entries(users)
            .map(([user, { acl: own, passwordFile }]) => ({
              ...{ user, passwordFile, acl: sorted(own as string[]) },
            }))
            .toSorted((one, other) => one.user.localeCompare(other.user)),
        }))
        .toSorted((one, other) => one.port - other.port);
    expect(rights(hub("mosquitto").mosquitto.listeners)).toEqual(
      rights(evaluated<Listeners>(`(${printed}).services.mosquitto.listeners`)),
    );
    const { ports } = hub("mosquitto with a listener for TLS beside ours");
    expect(ports).toEqual([1880, 8883, 1883]);
    expect(hub("mosquitto").ports).toEqual([]);
  });

  it("takes hashed passwords from files outside of the store", () => {
    const { listeners } = hub("mosquitto with hashed passwords, and no open listener").mosquitto;
    expect(listeners).toHaveLength(1);
    expect(sorted(Object.keys(listeners[0]?.users ?? {}))).toEqual([
      ...["anna", "ci", "hub", "me", "nuc", "rp4"],
    ]);
    expect(listeners[0]?.users?.["anna"]).toMatchObject({
      hashedPasswordFile: "/persist/mqtt/anna.hash",
    });
  });

  it("gives services.node-red the nodes, and a flow only where it has none", () => {
    const { rendered, units, tmpfiles, ...rest } = hub("service");
    expect(sorted(Object.keys(units))).toEqual([
      ...["nixwave-hub-backup.service", "nixwave-hub-backup.timer"],
    ]);
    expect(rest["node-red"]).toMatchObject({
      enable: true,
      define: {
        nodesDir: expect.stringMatching(/-nixwave-nodes\/lib\/node_modules\/@nixwave\/node-red$/),
      },
    });
    expect(tmpfiles).toContainEqual(
      expect.stringMatching(
        /^C \/var\/lib\/node-red\/flows\.json 0600 node-red node-red - \S+-nixwave-flows\.json$/,
      ),
    );
    const node = (type: string) =>
      rendered.flow?.find((one) => (one as { type: string }).type === type);
    expect(node("nixwave-fleet")).toMatchObject({
      fleet: "home",
      hosts: [{ host: "rp4" }, { host: "nuc" }],
    });
    expect(node("mqtt-broker")).toMatchObject({ broker: "127.0.0.1", port: "8883", usetls: false });
    expect(node("nixwave-notify")).toMatchObject({ topic: "home" });
    expect(node("nixwave-release")).toMatchObject({ url: "https://example.org/release.json" });
  });
});

const exposure = (name: string): string => exposureOf(join(folder, name));

describe.skipIf(skipUnits)("the units of the hub", () => {
  beforeAll(() => writeUnits(hub("full").units, folder));

  it("are verified by systemd without a line of output, those of each right configuration", () => {
    expect(sorted(Object.keys(hub("full").units))).toEqual([
      ...["nixwave-hub-backup.service", "nixwave-hub-backup.timer", "nixwave-hub.service"],
    ]);
    const enabled = Object.values(hubs).flatMap((one, place) =>
      "units" in one ? [[join(folder, `units-${place}`), one.units] as const] : [],
    );
    expect(enabled.length).toBeGreaterThan(5);
    expect(saidOfUnits(Object.fromEntries(enabled))).toEqual([]);
  });

  it(`leave hub and backup an exposure below ${EXPOSURE_BELOW}`, () => {
    for (const name of ["nixwave-hub.service", "nixwave-hub-backup.service"]) {
      expect(Number(exposure(name)), name).toBeLessThan(EXPOSURE_BELOW);
    }
  });

  it("keep hub and backup from what systemd's figure does not show", () => {
    for (const name of ["nixwave-hub.service", "nixwave-hub-backup.service"]) {
      const lines = hub("full").units[name]?.split("\n");
      expect(lines, name).toEqual(expect.arrayContaining([...UNWEIGHED, "ProcSubset=pid"]));
    }
  });

  // Other versions weigh other settings.
  it.skipIf(skipUnits || versionOfSystemd() !== STATED_VERSION)(
    "have the exposures of docs/nixos-hub.md",
    () => {
      const page = readFileSync("docs/nixos-hub.md", "utf8");
      expect(page).toContain(`the hub **${exposure("nixwave-hub.service")}**`);
      expect(page).toContain(`its backup ${exposure("nixwave-hub-backup.service")}`);
    },
  );

  it("begin at boot, within a limit of memory, as a user of their own", () => {
    const unit = unitOf("full");
    expect(unit).toMatch(/^User=nixwave-hub$/m);
    expect(unit).toMatch(/^MemoryMax=1G$/m);
    expect(hub("full").wantedBy).toEqual({
      ...{ "nixwave-hub": ["multi-user.target"], "nixwave-hub-backup": [] },
    });
    expect(hub("full").units["nixwave-hub-backup.timer"]).toContain("OnCalendar=daily\n");
  });
});

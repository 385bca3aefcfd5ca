import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { placesBelow } from "../../agent/activator/places.ts";
import { needs } from "../support/system-parts.ts";
import {
  type EvaluatedHost,
  EXPOSURE_BELOW,
  exposureOf,
  rightHosts,
  STATED_VERSION,
  saidOfUnits,
  UNWEIGHED,
  versionOfSystemd,
  writeUnits,
} from "./nixos-rig.ts";

const skip = needs("nix", "systemd").skip;
const UNITS = [
  "nixwave-activator.path",
  "nixwave-activator.service",
  "nixwave-activator.timer",
  "nixwave-agent.service",
  "nixwave-boot-lease.service",
];

let folder: string;
let hosts: Readonly<Record<string, EvaluatedHost | undefined>>;
let units: EvaluatedHost["units"];
let wantedBy: EvaluatedHost["wantedBy"];

/** The folder holds the units of a full host, and what they start. */
beforeAll(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "nixwave-units-"));
  hosts = rightHosts(join(folder, "built"));
  if (hosts["full"] === undefined) throw new Error("nix/test/cases/right.nix has no full");
  ({ units, wantedBy } = hosts["full"]);
  writeUnits(units, folder);
});
afterAll(() => {
  if (!skip) rmSync(folder, { recursive: true });
});

const unit = (name: string): string => units[name] ?? "";

const exposure = (name: string): string => exposureOf(join(folder, name));

describe.skipIf(skip)("the units that the module renders", () => {
  it("are five", () => {
    expect(new Set(Object.keys(units))).toEqual(new Set(UNITS));
  });

  it("are verified by systemd without a line of output, those of each right configuration", () => {
    const enabled = Object.values(hosts).flatMap((one, place) =>
      one && "units" in one ? [[join(folder, `units-${place}`), one.units] as const] : [],
    );
    expect(enabled.length).toBeGreaterThan(3);
    expect(saidOfUnits(Object.fromEntries(enabled))).toEqual([]);
  });

  it(`leave the agent an exposure below ${EXPOSURE_BELOW}`, () => {
    expect(Number(exposure("nixwave-agent.service"))).toBeLessThan(EXPOSURE_BELOW);
  });

  it("keep the agent from what systemd's figure does not show", () => {
    const lines = unit("nixwave-agent.service").split("\n");
    expect(lines).toEqual(expect.arrayContaining([...UNWEIGHED, "TasksMax=64"]));
  });

  // Other versions weigh other settings.
  it.skipIf(skip || versionOfSystemd() !== STATED_VERSION)(
    "have the exposures of docs/nixos.md",
    () => {
      const page = readFileSync("docs/nixos.md", "utf8");
      expect(page).toContain(`\`systemd-analyze security\` (${STATED_VERSION}) gives`);
      expect(page).toContain(`the agent **${exposure("nixwave-agent.service")}**`);
      expect(page).toContain(`the activator ${exposure("nixwave-activator.service")} `);
    },
  );

  it("run the agent as a static user, within a limit of memory", () => {
    const agent = unit("nixwave-agent.service");
    expect(agent).toMatch(/^User=nixwave$/m);
    expect(agent).not.toContain("DynamicUser");
    expect(agent).toMatch(/^MemoryMax=256M$/m);
    expect(agent).toMatch(/^ReadWritePaths=\/run\/nixwave\/in$/m);
    expect(wantedBy["nixwave-agent"]).toEqual(["multi-user.target"]);
  });

  it("let no target want the activator or wait for it, and no switch touch it", () => {
    const activator = unit("nixwave-activator.service");
    for (const line of [
      ...["Type=exec", "Restart=on-failure", "StartLimitIntervalSec=0"],
      ...["X-RestartIfChanged=false", "X-StopOnRemoval=false"],
    ]) {
      expect(activator.split("\n")).toContain(line);
    }
    expect(activator).not.toMatch(/^(Before|RequiredBy|WantedBy)=/m);
    expect(wantedBy["nixwave-activator"]).toEqual([]);
  });

  it("have the old deadman look in a boot on trial, with nothing of this system's own programs", () => {
    const lease = unit("nixwave-boot-lease.service").split("\n");
    expect(lease).toContain(`ConditionPathExists=${placesBelow("/").trial}`);
    const start = lease.find((line) => line.startsWith("ExecStart=")) ?? "";
    const script = hosts["full"]?.programs[start.slice("ExecStart=".length)];
    expect(script).toContain("/nix/var/nix/gcroots/nixwave/running/nixwave/host.json");
    expect(script).toContain(placesBelow("/").trial);
    expect(wantedBy["nixwave-boot-lease"]).toEqual(["multi-user.target"]);
  });

  it("have the activator keep its code beside the host's memory, where only root writes", () => {
    const place = `NODE_COMPILE_CACHE=${placesBelow("/").state}/v8-cache`;
    expect(unit("nixwave-activator.service")).toContain(place);
    expect(unit("nixwave-agent.service")).not.toContain("NODE_COMPILE_CACHE");
  });

  it("start the activator for what is in the inbox, at boot and every minute", () => {
    const { inbox } = placesBelow("/");
    expect(unit("nixwave-activator.path")).toContain(`PathExists=${inbox}/desired\n`);
    const timer = unit("nixwave-activator.timer").split("\n");
    expect(timer).toContain("OnActiveSec=0");
    expect(timer).toContain("OnUnitInactiveSec=60");
  });
});

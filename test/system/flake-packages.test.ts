import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openWorkshop } from "../cli/memory-io.ts";
import type { FetchedPackage } from "../support/local-registry.ts";
import { needs } from "../support/system-parts.ts";
import { evaluated } from "./nixos-rig.ts";

interface Entry extends FetchedPackage {
  readonly place: string;
  readonly isDevelopment: boolean;
}

interface Locked {
  readonly name?: string;
  readonly version: string;
  readonly integrity: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

const skip = needs("nix").skip;
const SYSTEMS = { "x86_64-linux": "x64", "aarch64-linux": "arm64" } as const;

/** What npm would unpack there, in our own reading of the lock. */
const unpacked = (cpu: string): string[] => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, Locked>;
  };
  const has = (list: readonly string[] | undefined, word: string): boolean =>
    list?.includes(word) ?? true;
  return Object.entries(packages)
    .filter(([place, { link, inBundle }]) => place.includes("node_modules/") && !link && !inBundle)
    .filter(([, one]) => has(one.os, "linux") && has(one.cpu, cpu) && has(one.libc, "glibc"))
    .map(([place, one]) => {
      const name = one.name ?? place.slice(place.lastIndexOf("node_modules/") + 13);
      return `${place} is ${name} ${one.version} ${one.integrity}`;
    });
};

const entriesOf = (system: string): readonly Entry[] =>
  evaluated(`import ./nix/packages/locked.nix { system = "${system}"; }`);

describe.skipIf(skip).each(Object.entries(SYSTEMS))("what Nix fetches for %s", (system, cpu) => {
  const entries = skip ? [] : entriesOf(system);
  const pathAt = (place: string): string | undefined =>
    entries.find((entry) => entry.place === place)?.path;

  it("is all that npm would unpack there, and nothing else", () => {
    const said = entries.map(
      ({ place, name, version, integrity }) => `${place} is ${name} ${version} ${integrity}`,
    );
    expect(new Set(said)).toEqual(new Set(unpacked(cpu)));
    expect(said.length).toBeGreaterThan(300);
  });

  it("has native parts of that system alone", () => {
    const natives = entries.filter(
      ({ name }) => /^@(esbuild|node-rs)\/.*-/.test(name) || name.startsWith("@esbuild/"),
    );
    expect(new Set(natives.map(({ name }) => name))).toEqual(
      new Set([`@esbuild/linux-${cpu}`, `@node-rs/bcrypt-linux-${cpu}-gnu`]),
    );
  });

  it("lies where a registry has it: a scope is a folder, an alias has its own name", () => {
    const versionOf = (place: string) => entries.find((entry) => entry.place === place)?.version;
    expect(pathAt("node_modules/mqtt")).toBe(`mqtt/-/mqtt-${versionOf("node_modules/mqtt")}.tgz`);
    const scoped = `@node-rs/bcrypt-linux-${cpu}-gnu`;
    expect(pathAt(`node_modules/${scoped}`)).toBe(
      `${scoped}/-/${scoped.slice(9)}-${versionOf(`node_modules/${scoped}`)}.tgz`,
    );
    expect(pathAt("node_modules/node-red-4")).toBe(
      `node-red/-/node-red-${versionOf("node_modules/node-red-4")}.tgz`,
    );
  });
});

/** The flake's outputs where nixpkgs is our stand-in. Nothing is built. */
const outputs = (of: string): string => `let
  lib = import ./nix/test/minilib.nix // { genAttrs = names: f:
    builtins.listToAttrs (map (name: { inherit name; value = f name; }) names); };
  pkgsFor = system: import ./nix/test/plain-pkgs.nix { inherit system; node = "/usr"; path = "/bin"; }
    // { inherit lib; testers.runNixOSTest = test: test; };
  flake = (import ./flake.nix).outputs {
    nixpkgs = { inherit lib; legacyPackages = { x86_64-linux = pkgsFor "x86_64-linux"; aarch64-linux = pkgsFor "aarch64-linux"; }; };
  };
in ${of}`;

describe.skipIf(skip).each(Object.keys(SYSTEMS))("the flake on %s", (system) => {
  it("has each package, and in the overlay the very same", () => {
    const packages = evaluated<Record<string, string>>(
      outputs(`builtins.mapAttrs (_: one: one.drvPath) flake.packages.${system}`),
    );
    const overlaid = evaluated<Record<string, string>>(
      outputs(`let ours = flake.overlays.default (pkgsFor "${system}") { }; in
        builtins.mapAttrs (_: one: one.drvPath) {
          inherit (ours) nixwave nixwave-agent nixwave-activator;
          inherit (ours.nixwave) agent activator cli node-red-nodes;
        }`),
    );
    const { nixwave, "nixwave-agent": agent, "nixwave-activator": activator } = packages;
    expect(Object.keys(packages)).toEqual([
      ...["default", "nixwave", "nixwave-activator", "nixwave-agent", "node-red-nodes"],
    ]);
    expect(overlaid).toEqual({
      ...{ nixwave, "nixwave-agent": agent, "nixwave-activator": activator },
      ...{ agent, activator, cli: packages["default"] },
      "node-red-nodes": packages["node-red-nodes"],
    });
  });

  it("runs the demo, and checks what can be checked", () => {
    const program = evaluated<string>(outputs(`flake.apps.${system}.demo.program`));
    expect(program).toMatch(/^\/nix\/store\/[^/]+\/bin\/nixwave-demo$/);
    expect(evaluated(outputs(`builtins.attrNames flake.checks.${system}`))).toEqual([
      ...["module", "programs", "unit", "vm"],
    ]);
    // The module's cases are right, or this would throw.
    expect(evaluated<string>(outputs(`flake.checks.${system}.module.name`))).toBe(
      "nixwave-module-cases",
    );
  });
});

describe.skipIf(skip)("the module's own package", () => {
  const packageWith = (pkgs: string): string =>
    evaluated(
      outputs(`(lib.evalModules {
        modules = [ ./nix/test/nixos-options.nix ./nix/modules/agent.nix ];
        specialArgs.pkgs = ${pkgs};
      }).config.services.nixwave.agent.package.outPath`),
    );
  const PLAIN = `pkgsFor "x86_64-linux"`;

  it("is built from the lock where nobody says otherwise", () => {
    const flakes = evaluated<string>(outputs("flake.packages.x86_64-linux.nixwave-agent.outPath"));
    expect(packageWith(PLAIN)).toBe(flakes);
  });

  it("is the overlay's where there is one", () => {
    const other = `{ type = "derivation"; outPath = "/nix/store/other"; }`;
    expect(packageWith(`${PLAIN} // { nixwave.agent = ${other}; }`)).toBe("/nix/store/other");
  });
});

describe.skipIf(skip)("the virtual machines' test, which is run where there is nixpkgs", () => {
  const machines = skip
    ? undefined
    : evaluated<{
        faults: string[];
        warnings: string[];
        cached: string[];
        testScript: string;
        hub: { command: string; ports: number[] };
      }>("import ./nix/test/vm.nix { lib = import ./nix/test/minilib.nix; }");

  it("has a host whose configuration is right, in the good system as in the bad one", () => {
    const plain = expect.stringContaining("broker.port: no listener"); // its mosquitto has no TLS
    expect(machines).toMatchObject({ faults: [], warnings: [plain] });
    expect(machines?.cached).toEqual(["/nix/store/system-good", "/nix/store/system-bad"]);
  });

  it("calls the command line by words that it knows", async () => {
    const { hub, testScript } = machines as NonNullable<typeof machines>;
    const lines = `${testScript}\n${hub.command}`.split("nixwave ");
    const workshop = await openWorkshop();
    const called: string[] = [];
    try {
      for (const line of lines.slice(1)) {
        const [command = ""] = line.split(" ");
        const { stdout } = await workshop.nixwave([command, "--help"]);
        for (const [flag] of line.matchAll(/--[a-z-]+/g)) expect(stdout, command).toContain(flag);
        called.push(command);
      }
    } finally {
      await workshop.remove();
    }
    expect(called).toEqual(["publish", "deploy", "hub"]);
  });
});

import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";
import { needs } from "../support/system-parts.ts";
import { evaluated } from "./nixos-rig.ts";

interface Host {
  readonly failed: readonly string[];
  readonly agent: { readonly host: string; readonly mode: string };
}

/** The template's outputs, where a NixOS is what our stand-in makes of it. @param nixwaveNix in its place */
const hostsOf = (nixwaveNix: string): Record<string, Host> =>
  evaluated(`let
    lib = import ./nix/test/minilib.nix;
    # Options of NixOS that the hosts of the template set beside the agent's.
    more = { options = builtins.listToAttrs (map (name: { inherit name; value = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything; default = { }; }; }) [ "boot" "fileSystems" "nixpkgs" ])
      // { services.nixwave.hub = lib.mkOption { type = lib.types.attrsOf lib.types.anything; };
           services.openssh.enable = lib.mkOption { type = lib.types.bool; default = false; };
           system.stateVersion = lib.mkOption { type = lib.types.str; }; };
      # What NixOS says by itself.
      config = { services.nixwave.hub = { };
        nix.settings = { substituters = [ "https://cache.nixos.org/" ];
          trusted-public-keys = [ "cache.nixos.org-1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" ]; }; }; };
    inputs = {
      self = outputs;
      nixwave = { nixosModules = { agent = { }; hub = { }; }; lib = import ./nix/release.nix; };
      nixpkgs = {
        legacyPackages.x86_64-linux.writeText = name: text: text;
        lib.nixosSystem = { modules, specialArgs }:
          let
            own = module:
              let read = if builtins.typeOf module == "path" then import (replaced module) else module;
              in if builtins.isFunction read then (given: read (specialArgs // given)) else read;
            replaced = file: if baseNameOf file == "nixwave.nix" then ${nixwaveNix} else file;
          in { host = import ./nix/test/evaluate.nix { inherit lib; settings.imports = [ more ] ++ map own modules; };
               config.system.build.toplevel = "/nix/store/system"; };
      };
    };
    outputs = (import ./nix/template/flake.nix).outputs inputs;
  in builtins.mapAttrs (_: { host, ... }: { inherit (host) failed agent; }) outputs.nixosConfigurations
    // { spec = outputs.packages.x86_64-linux.deploy-spec; }`);

describe.skipIf(needs("nix").skip)("the template for a new home", () => {
  let workshop: Workshop;
  let printed = "";
  beforeAll(async () => {
    workshop = await openWorkshop();
    const line = "init --broker mqtt://nuc.lan:1883 --hub nuc --host rp4 --host nuc";
    printed = (await workshop.nixwave(line.split(" "))).stdout;
  });
  afterAll(() => workshop.remove());

  /** The module that init prints. */
  const fromInit = (): string =>
    `${printed.slice(printed.indexOf("# nixwave.nix")).split("\n}\n")[0]}\n}\n`;

  test("has no keys, and says of each host that it needs them before it is one", () => {
    const { nuc, rp4, spec } = hostsOf("./nix/template/nixwave.nix");
    for (const [name, host] of Object.entries({ nuc, rp4 })) {
      expect(host?.agent).toMatchObject({ host: name, mode: "observe" });
      expect(host?.failed.map((said) => said.split(" ")[0])).toEqual(
        ["releaseKeys", "hubKeys"].map((option) => `services.nixwave.agent.${option}`),
      );
    }
    expect(JSON.parse(String(spec))).toEqual({
      agents: { nuc: "/nix/store/system", rp4: "/nix/store/system" },
    });
  });

  test("is right with what init prints", async () => {
    const file = workshop.at("printed.nix");
    await writeFile(file, fromInit());
    const { nuc, rp4 } = hostsOf(file);
    for (const { failed } of [nuc, rp4] as readonly Host[]) {
      expect(failed).toEqual([]);
    }
  });

  test("has a hub that its module takes", () => {
    const hub = evaluated<{ failed: string[]; ports: number[] }>(`let
      nuc = import ./nix/template/hosts/nuc.nix {
        inputs.nixwave.nixosModules.hub = { };
        config.services.nixwave.agent = { fleet = "home"; channel = "main"; releaseKeys = [ ]; };
      };
    in { inherit (import ./nix/test/evaluate-hub.nix { 
      settings.services.nixwave = { inherit (nuc.services.nixwave) hub; }; }) failed ports; }`);
    expect(hub).toEqual({ failed: [], ports: [1880, 1883] });
  });

  test("says what init prints, but for the first line and the keys", async () => {
    const withoutKeys = fromInit().replace(/Keys = \[[^\]]*\]/g, "Keys = [ ]");
    const below = (text: string): string => text.slice(text.indexOf("\n"));
    expect(below(await readFile("nix/template/nixwave.nix", "utf8"))).toBe(below(withoutKeys));
  });

  test("deploys in one step, with inputs that the action has", async () => {
    const workflow = parse(await readFile("nix/template/.github/workflows/deploy.yml", "utf8")) as {
      jobs: { deploy: { steps: { uses?: string; with?: object }[] } };
    };
    const action = parse(await readFile("action.yml", "utf8")) as { inputs: object };
    const last = workflow.jobs.deploy.steps.at(-1);
    expect(last?.uses).toMatch(/^OWNER\/nixwave@/);
    expect(Object.keys(action.inputs)).toEqual(
      expect.arrayContaining(Object.keys(last?.with ?? {})),
    );
  });

  test("is what `nix flake init -t` leaves in an empty folder", async () => {
    const [flake, nixpkgs, home] = ["flake", "nixpkgs", "home"].map((name) =>
      workshop.at(name),
    ) as [...[string, string, string]];
    for (const folder of [flake, nixpkgs, home]) await mkdir(folder);
    await cp("nix", `${flake}/nix`, { recursive: true });
    // No network: an address that needs none in the place of nixpkgs'.
    const text = await readFile("flake.nix", "utf8");
    const address = '"github:NixOS/nixpkgs/nixos-unstable"';
    expect(text).toContain(address);
    await writeFile(`${flake}/flake.nix`, text.replace(address, `"path:${nixpkgs}"`));
    const genAttrs =
      "names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names)";
    await writeFile(
      `${nixpkgs}/flake.nix`,
      `{ outputs = _: { lib.genAttrs = ${genAttrs}; legacyPackages = { }; }; }`,
    );
    const env = {
      ...{ PATH: process.env["PATH"], HOME: workshop.folder },
      ...{ NIX_STORE_DIR: workshop.at("store"), NIX_STATE_DIR: workshop.at("var") },
      ...{ NIX_LOG_DIR: workshop.at("log"), NIX_CONF_DIR: workshop.folder, NIX_REMOTE: "" },
      NIX_CONFIG:
        "experimental-features = nix-command flakes\nbuild-users-group =\nflake-registry =\nsubstituters =",
    };
    await promisify(execFile)("nix", ["flake", "init", "-t", `path:${flake}`], { cwd: home, env });
    const left = async (folder: string) => (await readdir(folder, { recursive: true })).toSorted();
    expect(await left(home)).toEqual(await left("nix/template"));
    expect(await readFile(`${home}/flake.nix`)).toEqual(await readFile("nix/template/flake.nix"));
    await promisify(execFile)("chmod", ["-R", "u+w", workshop.at("store")]);
  });
});

import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openWorkshop, type Ran, type Workshop } from "../cli/memory-io.ts";
import { readAction } from "../support/action-run.ts";
import { needs } from "../support/system-parts.ts";

const INLINE = `{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";
  outputs = { self, nixpkgs }: {
    nixosConfigurations = {
      rp4 = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "rp4"; } ]; };
      nuc = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "nuc"; } ]; };
    };
  };
}
`;
const SPREAD = `{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";
  };

  outputs =
    inputs@{
      self,
      nixpkgs,
      ...
    }:
    {
      nixosConfigurations.rp4 = nixpkgs.lib.nixosSystem {
        system = "aarch64-linux";
        specialArgs = { inherit inputs; };
        modules = [
          { networking.hostName = "rp4"; }
        ];
      };
      nixosConfigurations.nuc = nixpkgs.lib.nixosSystem {
        modules =
          [
            { networking.hostName = "nuc"; }
          ];
      };
    };
}`;
const HELPER = `{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";
  outputs = { nixpkgs, ... }@inputs:
    let
      host = name: nixpkgs.lib.nixosSystem {
        modules = [ { networking.hostName = name; } ];
      };
    in { nixosConfigurations = { rp4 = host "rp4"; nuc = host "nuc"; }; };
}
`;
const WORKFLOW = `on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: nix build .#deploy-spec && cachix push me result && cachix deploy activate result`;

describe.skipIf(needs("nix", "git").skip)("the patch that init prints", () => {
  let workshop: Workshop;
  beforeEach(async () => {
    workshop = await openWorkshop();
  });
  afterEach(() => workshop.remove());
  const flake = (...names: string[]): string => workshop.at("flake", ...names);
  const init = (words: string): Promise<Ran> =>
    workshop.nixwave(["init", "--flake", flake(), ...words.split(" ").filter(Boolean)]);
  const apply = (patch: string): string =>
    execFileSync("git", ["apply", "-"], { cwd: flake(), input: patch, encoding: "utf8" });
  const begin = async (text: string): Promise<void> => {
    await mkdir(flake(".github", "workflows"), { recursive: true });
    await writeFile(flake("flake.nix"), text);
    await writeFile(flake(".github", "workflows", "deploy.yml"), WORKFLOW);
  };
  /** What the agent's module makes of one host; null where it does not have it. */
  const agentOf = (host: string): { fleet: string; host: string } | null => {
    const expression = `let
      nixpkgs.lib.nixosSystem = { modules, ... }:
        {
          has = builtins.any (one: builtins.isPath one && toString one == "${flake("nixwave.nix")}") modules;
          inherit ((import ./nix/test/evaluate.nix { settings.imports = modules; })) agent;
        };
      home = (import ${flake("flake.nix")}).outputs {
        self = { };
        inherit nixpkgs;
        nixwave.nixosModules.agent = { };
      };
      found = home.nixosConfigurations.${host};
    in if found.has then found.agent else null`;
    const args = ["--store", "dummy://", "--eval", "--strict", "--json", "--expr", expression];
    const said = execFileSync("nix-instantiate", args, { encoding: "utf8" });
    const agent = JSON.parse(said) as { fleet: string; host: string } | null;
    return agent && { fleet: agent.fleet, host: agent.host };
  };

  test.each([
    ["in one line for each host", INLINE],
    ["over many lines, the last without an end", SPREAD],
    ["with a function for all hosts", HELPER],
  ])("makes a flake whose hosts have the agent, for one written %s", async (_how, text) => {
    await begin(text);
    const { stdout, stderr } = await init("--broker mqtt://nuc.lan --host rp4 --host nuc --patch");
    expect(stderr).toBe("");
    apply(stdout);
    expect(agentOf("rp4")).toEqual({ fleet: "home", host: "rp4" });
    expect(agentOf("nuc")).toEqual({ fleet: "home", host: "nuc" });
    expect((await init("--host rp4 --patch")).stdout).toBe("");
    expect((await init("--host rp4")).stdout).toContain("flake.nix has it already");
  });

  test("gives the workflow its step and the right to write, in YAML and with the action's inputs", async () => {
    await begin(INLINE);
    apply((await init("--broker mqtt://nuc.lan --host rp4 --patch")).stdout);
    const text = await readFile(flake(".github", "workflows", "deploy.yml"), "utf8");
    const { deploy } = parse(text, { strict: true, uniqueKeys: true }).jobs;
    expect(deploy.permissions).toEqual({ contents: "write" });
    const { uses, with: given } = deploy.steps.at(-1);
    expect(uses).toBe("OWNER/nixwave@main");
    const { inputs } = await readAction();
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
  });

  test("adds a host that is named later, and leaves a nixwave.nix that its owner has changed", async () => {
    await begin(INLINE);
    apply((await init("--broker mqtt://nuc.lan --host rp4 --patch")).stdout);
    expect(agentOf("nuc")).toBeNull();
    const own = (await readFile(flake("nixwave.nix"), "utf8")).replace("observe", "active");
    await writeFile(flake("nixwave.nix"), own);
    const { stdout } = await init("--host nuc --patch");
    expect(stdout.match(/^\+\+\+ .*$/gm)).toEqual(["+++ b/flake.nix"]);
    apply(stdout);
    expect(agentOf("nuc")).toEqual({ fleet: "home", host: "nuc" });
    expect(await readFile(flake("nixwave.nix"), "utf8")).toBe(own);
  });

  test("is refused, with the way out, for a flake that is written in another way", async () => {
    await begin("{ outputs = inputs: import ./all.nix inputs; }\n");
    const { status, stdout, stderr } = await init("--broker mqtt://nuc.lan --host rp4 --patch");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("without --patch the changes are told");
    expect((await init("--host rp4")).stdout).toContain("# flake.nix, three changes:");
  });

  test("reads the hosts without the network, and leaves no trace in the flake", async () => {
    await mkdir(flake("nixpkgs"), { recursive: true });
    await writeFile(
      flake("nixpkgs", "flake.nix"),
      "{ outputs = _: { lib.nixosSystem = _: { }; }; }\n",
    );
    const url = `path:${flake("nixpkgs")}`;
    await writeFile(flake("flake.nix"), INLINE.replace("github:NixOS/nixpkgs/nixos-25.05", url));
    const { stdout, stderr } = await init("--broker mqtt://nuc.lan");
    expect(stderr).toBe("");
    expect(stdout).toContain("accounts added: hub, ci, me, nuc, rp4");
    await expect(readFile(flake("flake.lock"))).rejects.toThrow("ENOENT");
  });
});

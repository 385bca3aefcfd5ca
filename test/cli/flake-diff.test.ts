import { describe, expect, test } from "vitest";
import { flakeDiff } from "../../src/cli/setup/flake-diff.ts";
import { parseHostName } from "../../src/contract/index.ts";

const HOSTS = [parseHostName("nuc")];
const flake = (outputs: string): string => `{
  inputs.nixwave.url = "github:OWNER/nixwave";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";
${outputs}
      nixosConfigurations.nuc = nixpkgs.lib.nixosSystem {
        modules = [ nixwave.nixosModules.agent ./nixwave.nix ./nuc.nix ];
      };
    };
}
`;
const diff = (outputs: string): string | null => flakeDiff(flake(outputs), HOSTS);

describe("nixwave's name in a flake's outputs", () => {
  test.each([
    ["on one line", "  outputs = { nixpkgs, ... }: {", "  outputs = { nixwave, nixpkgs, ... }: {"],
    ["below", "  outputs =\n    { nixpkgs, ... }:\n    {", "    { nixwave, nixpkgs, ... }:"],
    [
      "of many lines",
      "  outputs =\n    {\n      nixpkgs,\n      ...\n    }:\n    {",
      "    { nixwave,",
    ],
    [
      "with a name",
      "  outputs = inputs @ {\n    nixpkgs,\n    ...\n  }: {",
      "  outputs = inputs @ { nixwave,",
    ],
  ])("comes first in a set %s", (_where, outputs, line) => {
    expect(diff(outputs)).toContain(`+${line}\n`);
  });

  test("comes once, wherever a formatter or its owner has put it", () => {
    const names = "self,\n      nixpkgs,\n      disko,\n      nixwave,\n      ...";
    expect(diff(`  outputs =\n    {\n      ${names}\n    }:\n    {`)).toBe("");
    expect(diff(`  outputs = {\n      nixwave,\n      nixpkgs,\n  }: {`)).toBe("");
  });

  test("comes into no set that is what the flake gives", () => {
    expect(diff("  outputs = inputs:\n    {")).toBeNull();
    expect(diff("  outputs = inputs: {")).toBeNull();
  });
});

import { mkdir, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWorkshop, type Ran, type Workshop } from "./memory-io.ts";

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.remove());

describe("init --patch", () => {
  const FLAKE = `{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.nuc = nixpkgs.lib.nixosSystem { modules = [ ./nuc.nix ]; };
  };
}
`;
  const WORKFLOW = "jobs:\n  all:\n    steps:\n      - run: cachix deploy activate result\n";
  const patched = async (workflow: string | null): Promise<Ran> => {
    await mkdir(workshop.at("flake", ".github", "workflows"), { recursive: true });
    await writeFile(workshop.at("flake", "flake.nix"), FLAKE);
    const file = workshop.at("flake", ".github", "workflows", "deploy.yml");
    if (workflow !== null) await writeFile(file, workflow);
    const flake = `--flake ${workshop.at("flake")}`;
    return await workshop.nixwave(
      `init --broker mqtt://nuc.lan --host nuc ${flake} --patch`.split(" "),
    );
  };

  test("says beside the patch what Git cannot change in the workflow", async () => {
    expect((await patched(WORKFLOW)).stderr).toBe("");
    const { stdout, stderr } = await patched(`permissions: {}\n${WORKFLOW}`);
    expect(stderr).toContain("needed in the workflow:\n# and `contents: write` under");
    expect(stdout).not.toMatch(/^#/m);
  });

  test("says the step where no workflow is known to deploy", async () => {
    const { stdout, stderr } = await patched(null);
    expect(stderr).toContain("- uses: OWNER/nixwave@main");
    expect(stdout).not.toContain("OWNER/nixwave@main");
  });
});

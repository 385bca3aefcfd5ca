import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { StorePath } from "../../../src/contract/index.ts";
import type { LabHost } from "./lab-host.ts";

/** The roots that NixOS's own activation makes of every host: what runs, and what was booted. */
export function rootAsNixosDoes(disk: string): void {
  const folder = join(disk, "nix/var/nix/gcroots");
  mkdirSync(folder, { recursive: true });
  for (const name of ["current-system", "booted-system"]) {
    symlinkSync(join("/run", name), join(folder, name));
  }
}

/**
 * What a home's weekly timer runs (`nix.gc.options = "-d"`): the generations of every profile but the present one go,
 * then everything that nothing holds.
 * @returns whether each of `paths` is still valid
 */
export async function collectGarbage(
  { machine }: LabHost,
  paths: readonly StorePath[],
): Promise<readonly boolean[]> {
  await machine.run("nix-collect-garbage", "-d");
  const left: boolean[] = [];
  for (const path of paths) {
    // The closure too: Nix takes nothing that a valid path needs
    const asked = await machine.exec("nix-store", ["--check-validity", path]);
    left.push(asked.exitCode === 0);
  }
  return left;
}

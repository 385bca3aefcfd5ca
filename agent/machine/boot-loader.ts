import { existsSync, readdirSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { type BootRisk, NixwaveError, type StorePath } from "../../src/contract/index.ts";
import type { ProgramEnd } from "../run-program.ts";

const ENTRY = /^nixos-generation-\d{1,9}\.conf$/;
const GENERATION = /^system-(\d{1,9})-link$/;

/** systemd-boot has one-shot entries; a loader that is not known here has none (DESIGN 7, the Pis' extlinux). */
export function bootRisk(root: string): BootRisk {
  const entries = join(root, "boot/loader/entries");
  if (!existsSync(join(root, "sys/firmware/efi")) || !existsSync(entries)) return "no-way-back";
  return readdirSync(entries).some((name) => ENTRY.test(name)) ? "one-shot" : "no-way-back";
}

type Call = (file: string, ...args: readonly string[]) => Promise<ProgramEnd>;

/** @throws NixwaveError bootloader-failed */
export async function bootOnce(root: string, system: StorePath, call: Call): Promise<void> {
  const generation = await generationOf(root, system);
  if (generation === null) {
    throw new NixwaveError("bootloader-failed", `no generation of the profile is ${system}`);
  }
  const entry = `nixos-generation-${generation}.conf`;
  const { exitCode, stderr } = await call("bootctl", "set-oneshot", entry);
  if (exitCode === 0) return;
  throw new NixwaveError("bootloader-failed", `bootctl set-oneshot ${entry}: ${stderr.trim()}`);
}

/** The newest one, because a boot loader may have forgotten the older. */
async function generationOf(root: string, system: StorePath): Promise<number | null> {
  const profiles = join(root, "nix/var/nix/profiles");
  let newest: number | null = null;
  for (const name of await readdir(profiles)) {
    const number = Number(GENERATION.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(number) || (newest !== null && number < newest)) continue;
    // Somebody may delete a generation between the two looks; such a one is not to be booted.
    const target = await readlink(join(profiles, name)).catch(() => null);
    if (target === system) newest = number;
  }
  return newest;
}

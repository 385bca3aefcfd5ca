import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bootOnce, bootRisk } from "../../../agent/machine/boot-loader.ts";
import type { ProgramEnd } from "../../../agent/run-program.ts";
import { pathFor } from "../../support/contract-builders.ts";

const OLD = pathFor("old");
const NEW = pathFor("new");
const PROFILES = "nix/var/nix/profiles";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "nixwave-loader-"));
  await mkdir(join(root, PROFILES), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const folder = (name: string) => mkdir(join(root, name), { recursive: true });
const entry = (name: string) => writeFile(join(root, "boot/loader/entries", name), "title NixOS\n");
const generation = (number: number | string, system: string) =>
  symlink(system, join(root, PROFILES, `system-${number}-link`));

describe("whether a loader can boot a system once", () => {
  it("is so with systemd-boot on EFI and an entry of NixOS", async () => {
    await folder("sys/firmware/efi");
    await folder("boot/loader/entries");
    await entry("nixos-generation-7.conf");
    expect(bootRisk(root)).toBe("one-shot");
  });

  it.each([
    ["on a Pi, without EFI", ["boot/loader/entries"], "nixos-generation-7.conf"],
    [
      "with another system's entries only",
      ["sys/firmware/efi", "boot/loader/entries"],
      "arch.conf",
    ],
    ["with GRUB on EFI", ["sys/firmware/efi", "boot/grub"], null],
  ])("is not so %s", async (_name, folders, file) => {
    for (const name of folders) await folder(name);
    if (file !== null) await entry(file);
    expect(bootRisk(root)).toBe("no-way-back");
  });
});

describe("booting a system once", () => {
  const calls: string[] = [];
  beforeEach(() => void calls.splice(0));
  const answering =
    (exitCode: number, stderr = "") =>
    async (file: string, ...args: readonly string[]): Promise<ProgramEnd> => {
      calls.push([file, ...args].join(" "));
      return { exitCode, signal: null, timedOut: false, stdout: "", stderr };
    };

  it("names the newest generation of the system, by number and not by name", async () => {
    await generation(9, NEW);
    await generation(10, NEW);
    await generation(11, OLD);
    await generation("x", NEW);
    await symlink("system-11-link", join(root, PROFILES, "system"));
    await bootOnce(root, NEW, answering(0));
    expect(calls).toEqual(["bootctl set-oneshot nixos-generation-10.conf"]);
  });

  it("is refused without a generation of it", async () => {
    await generation(1, OLD);
    await expect(bootOnce(root, NEW, answering(0))).rejects.toMatchObject({
      code: "bootloader-failed",
      message: `no generation of the profile is ${NEW}`,
    });
    expect(calls).toEqual([]);
  });

  it("passes over what is no link: somebody's file among the generations", async () => {
    await generation(1, NEW);
    await writeFile(join(root, PROFILES, "system-2-link"), "");
    await bootOnce(root, NEW, answering(0));
    expect(calls).toEqual(["bootctl set-oneshot nixos-generation-1.conf"]);
  });

  it("fails with bootctl's own words", async () => {
    await generation(4, NEW);
    const full = answering(1, "Failed to update EFI variable: No space left on device\n");
    await expect(bootOnce(root, NEW, full)).rejects.toMatchObject({
      code: "bootloader-failed",
      message:
        "bootctl set-oneshot nixos-generation-4.conf: Failed to update EFI variable: No space left on device",
    });
  });
});

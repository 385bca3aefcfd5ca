import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBootDefault } from "../../../agent/machine/boot-default.ts";
import { pathFor } from "../../support/contract-builders.ts";

const OLD = pathFor("old");
const NEW = pathFor("new");

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "nixwave-boot-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

const entry = (system: string): string => `title NixOS
version Generation 1
linux /EFI/nixos/bzImage.efi
initrd /EFI/nixos/initrd.efi
options init=${system}/init loglevel=4
machine-id 0123
`;

describe("what boots next", () => {
  it("is the system of the entry that systemd-boot's loader.conf names, not of the newest one", async () => {
    await write("boot/loader/entries/nixos-generation-1.conf", entry(OLD));
    await write("boot/loader/entries/nixos-generation-2.conf", entry(NEW));
    await write(
      "boot/loader/loader.conf",
      "timeout 5\ndefault nixos-generation-1.conf\neditor 0\n",
    );
    expect(await readBootDefault(root)).toBe(OLD);
    await write("boot/loader/loader.conf", "default nixos-generation-2.conf\n");
    expect(await readBootDefault(root)).toBe(NEW);
  });

  it("is the system of extlinux's default label", async () => {
    const text = `DEFAULT nixos-default
MENU TITLE ----
TIMEOUT 50
LABEL nixos-default
  MENU LABEL NixOS - Default
  LINUX ../nixos/Image
  APPEND init=${NEW}/init console=ttyS0

LABEL nixos-1-default
  LINUX ../nixos/Image
  APPEND init=${OLD}/init console=ttyS0
`;
    await write("boot/extlinux/extlinux.conf", text);
    expect(await readBootDefault(root)).toBe(NEW);
    await write(
      "boot/extlinux/extlinux.conf",
      text.replace("nixos-default\nM", "nixos-1-default\nM"),
    );
    expect(await readBootDefault(root)).toBe(OLD);
  });

  it.each([
    ["another loader", "boot/grub/grub.cfg", "set default=0\n"],
    ["a pattern", "boot/loader/loader.conf", "default nixos-*\n"],
    ["no default", "boot/loader/loader.conf", "timeout 5\n"],
    ["an entry that is gone", "boot/loader/loader.conf", "default nixos-generation-7.conf\n"],
    ["a path out of the folder", "boot/loader/loader.conf", "default ../../x.conf\n"],
    ["no label", "boot/extlinux/extlinux.conf", "TIMEOUT 50\n"],
  ])("is nothing that is known where there is %s", async (_what, name, text) => {
    await write(name, text);
    expect(await readBootDefault(root)).toBeNull();
  });

  it("is not known where the firmware's own variable overrides the file", async () => {
    await write("boot/loader/entries/nixos-generation-1.conf", entry(OLD));
    await write("boot/loader/loader.conf", "default nixos-generation-1.conf\n");
    const name = "LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    await write(`sys/firmware/efi/efivars/${name}`, "x");
    expect(await readBootDefault(root)).toBeNull();
  });
});

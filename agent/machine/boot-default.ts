import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseStorePath, type StorePath } from "../../src/contract/index.ts";

/** Set by `bootctl set-default`, it wins over loader.conf (the Boot Loader Specification's vendor id). */
const EFI_DEFAULT =
  "sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const ENTRY_NAME = /^[A-Za-z0-9+._-]{1,200}\.conf$/;

/**
 * The system that the boot loader takes next by itself, from its own files: systemd-boot's or extlinux's. Its
 * program's exit status is only a word: one that ends with 0 and has written nothing leaves the old files.
 * @returns null when nobody can tell: another loader, a pattern, an entry without `init=`
 */
export async function readBootDefault(root: string): Promise<StorePath | null> {
  const loader = await textOf(join(root, "boot/loader/loader.conf"));
  if (loader === null) {
    return fromExtlinux((await textOf(join(root, "boot/extlinux/extlinux.conf"))) ?? "");
  }
  const name = /^default[ \t]+(\S+)[ \t]*$/m.exec(loader)?.[1];
  if (name === undefined || !ENTRY_NAME.test(name)) return null;
  if (existsSync(join(root, EFI_DEFAULT))) return null;
  return initIn((await textOf(join(root, "boot/loader/entries", name))) ?? "");
}

/** @param text of extlinux.conf: blocks, each begun by LABEL; DEFAULT names one */
function fromExtlinux(text: string): StorePath | null {
  const label = /^[ \t]*DEFAULT[ \t]+(\S+)[ \t]*$/im.exec(text)?.[1];
  const block = text
    .split(/^(?=[ \t]*LABEL[ \t])/im)
    .find((one) => /^[ \t]*LABEL[ \t]+(\S+)/i.exec(one)?.[1] === label);
  return label === undefined || block === undefined ? null : initIn(block);
}

/** Each NixOS entry starts the `init` of its own toplevel. */
function initIn(entry: string): StorePath | null {
  const path = /[ \t]init=(\/nix\/store\/[^/\s]+)\/init(?=\s|$)/.exec(entry)?.[1];
  try {
    return path === undefined ? null : parseStorePath(path);
  } catch {
    return null;
  }
}

const textOf = (file: string): Promise<string | null> => readFile(file, "utf8").catch(() => null);

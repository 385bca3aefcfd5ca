import { statfs } from "node:fs/promises";
import { NixwaveError } from "../../src/contract/index.ts";

/** Beside the closure: Nix's database, the switch's logs, and what the host writes meanwhile. */
const SPACE_FACTOR = 1.15;

/** What a pull would fetch. */
export interface PullSize {
  readonly downloadBytes: number;
  readonly unpackedBytes: number;
}

/** Nothing is to be fetched. */
export const NOTHING: PullSize = { downloadBytes: 0, unpackedBytes: 0 };

const TOTALS = /fetched \(([\d.]+) (\w*B) download, ([\d.]+) (\w*B) unpacked\)/;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** @param text what `nix-store --realise` said, with or without `--dry-run` @returns `NOTHING` when it names no totals */
export function pullSizeOf(text: string): PullSize {
  const found = TOTALS.exec(text);
  if (found === null) return NOTHING;
  const [, download, downloadUnit, unpacked, unpackedUnit] = found;
  const bytes = (amount = "0", unit = "B"): number =>
    Math.round(Number(amount) * 1024 ** Math.max(0, UNITS.indexOf(unit)));
  return {
    downloadBytes: bytes(download, downloadUnit),
    unpackedBytes: bytes(unpacked, unpackedUnit),
  };
}

/** @param folder of the file system that is asked */
export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @param folder of the file system that the closure goes to @throws NixwaveError space-too-small */
export async function requireSpace(folder: string, { unpackedBytes }: PullSize): Promise<void> {
  const [free, needed] = [await freeBytesOf(folder), Math.ceil(unpackedBytes * SPACE_FACTOR)];
  if (needed <= free) return;
  const message = `the closure needs ${mebibytes(needed)}, ${folder} has ${mebibytes(free)} free: collect garbage (nix-collect-garbage -d)`;
  throw new NixwaveError("space-too-small", message);
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

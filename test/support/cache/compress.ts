import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type StorePath, storePathHash } from "../../../src/contract/index.ts";

export type Compression = "none" | "gzip" | "zstd" | "xz";

/** Stores the archive of `path`, which the cache has uncompressed, in another way. */
export async function compressIn(
  directory: string,
  path: StorePath,
  compression: Compression,
): Promise<void> {
  if (compression === "none") return;
  const hash = storePathHash(path);
  const file = `nar/${hash}.nar.${compression}`;
  const packed = pack(await readFile(join(directory, `nar/${hash}.nar`)), compression);
  await writeFile(join(directory, file), packed);
  await editNarinfo(directory, path, (text) =>
    text
      .replace(/^URL: .*$/m, `URL: ${file}`)
      .replace(/^Compression: .*$/m, `Compression: ${compression}`)
      .replace(/^FileHash: .*\n/m, "")
      .replace(/^FileSize: .*$/m, `FileSize: ${packed.byteLength}`),
  );
}

export async function editNarinfo(
  directory: string,
  path: StorePath,
  edit: (text: string) => string,
): Promise<void> {
  const file = join(directory, `${storePathHash(path)}.narinfo`);
  await writeFile(file, edit(await readFile(file, "utf8")));
}

function pack(nar: Buffer, compression: Exclude<Compression, "none">): Buffer {
  if (compression === "gzip") return gzipSync(nar);
  if (compression === "zstd") return zstdCompressSync(nar);
  return execFileSync("xz", ["-1", "-c"], { input: nar, maxBuffer: 2 * nar.byteLength + 65_536 });
}

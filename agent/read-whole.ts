import { open } from "node:fs/promises";
import { NixwaveError } from "../src/contract/index.ts";

/** More than any configuration or password holds. */
const MAX_BYTES = 64 * 1024;

/** A small file; one that has no end, such as a device, is given up. @throws NixwaveError file-unreadable | too-large */
export async function readWhole(path: string): Promise<Uint8Array> {
  const unreadable = (cause: Error): never => {
    throw new NixwaveError("file-unreadable", `${path}: ${cause.message}`, { where: path, cause });
  };
  const file = await open(path, "r").catch(unreadable);
  try {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    while (sizeBytes <= MAX_BYTES) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAX_BYTES + 1) });
      if (bytesRead === 0) return Buffer.concat(chunks);
      sizeBytes += bytesRead;
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    return unreadable(error as Error);
  } finally {
    await file.close();
  }
  throw new NixwaveError("too-large", `${path} has more than ${MAX_BYTES} bytes`, { where: path });
}

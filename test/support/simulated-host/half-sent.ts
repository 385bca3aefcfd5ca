import { execFileSync } from "node:child_process";
import { constants, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type StorePath, storePathHash } from "../../../src/contract/index.ts";
import type { Lab } from "./lab-system.ts";

/** An archive of the lab's cache that comes by half only, until it is told to go on. */
export interface HalfSent {
  /** Resolves when a Nix has opened it and has its first half. */
  reached(): Promise<void>;
  /** Whoever opens it from now on gets it from the beginning: said before the Nix that reads it is killed. */
  renew(): void;
  /** Gives the rest; from then on the cache is as it was. */
  goOn(): Promise<void>;
}

/** The archive of `path` becomes a pipe: who reads it is in the middle of a pull for as long as the test wants. */
export function sendByHalf({ cacheUrl }: Lab, path: StorePath): HalfSent {
  const file = fileURLToPath(`${cacheUrl}/nar/${storePathHash(path)}.nar`);
  const bytes = readFileSync(file);
  const half = Math.floor(bytes.byteLength / 2);
  const pipes: FileHandle[] = [];
  const renew = (): void => {
    execFileSync("mkfifo", [`${file}.pipe`]);
    renameSync(`${file}.pipe`, file);
  };
  renew();
  return {
    renew,
    async reached() {
      const pipe = await open(file, constants.O_WRONLY); // waits for who reads
      pipes.push(pipe);
      await pipe.write(bytes.subarray(0, half));
    },
    async goOn() {
      await pipes.at(-1)?.write(bytes.subarray(half));
      writeFileSync(`${file}.whole`, bytes);
      renameSync(`${file}.whole`, file);
      for (const pipe of pipes) await pipe.close();
    },
  };
}

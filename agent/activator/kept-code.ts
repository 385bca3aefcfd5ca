import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import type { Script } from "node:vm";

/** What V8 made of a program in earlier runs. */
export interface KeptCode {
  /** Null where none is kept, or what is kept is not to be used. */
  readonly code: Buffer | null;
  /** This process becomes another program and has no end of its own. */
  putBack(): void;
  /** @param script the program as it was compiled for this run @param status the exit status of it */
  end(script: Script, status: unknown): void;
}

interface Kept {
  readonly runs: number;
  readonly code: Buffer;
}

/** V8 compiles a function when it is first called, and one run calls not all: the first ones add what they called. */
const LEARNING_RUNS = 8;
/** Nothing is left to do; start me again. */
const GOOD_ENDS: readonly unknown[] = [0, 75];

/**
 * Takes the kept code out of its place; it comes back at a good end only. So a run that is killed or fails, whatever
 * the reason, is followed by one that compiles the program itself: no damaged file keeps a host from its way back.
 * Nothing about it is ever a failure. Two that take it at once, as before one of them becomes `flock`, may lose it or
 * write into each other's file: the hash tells.
 * @param file where it is kept
 * @param program names exactly the program's text
 */
export function takeKeptCode(file: string, program: string): KeptCode {
  const key = `${program} ${process.version} ${process.arch}`;
  const inUse = `${file}.used`;
  const kept = readKept(file, inUse, key);
  const comeBack = (script: Script): void => {
    const runs = kept === null || script.cachedDataRejected ? 0 : kept.runs;
    if (runs < LEARNING_RUNS) {
      writeKept(inUse, key, { runs: runs + 1, code: script.createCachedData() });
    }
    renameSync(inUse, file);
  };
  return {
    code: kept?.code ?? null,
    putBack() {
      if (kept !== null) quietly(() => renameSync(inUse, file));
    },
    end(script, status) {
      const isGood = GOOD_ENDS.includes(status) && quietly(() => comeBack(script));
      if (!isGood) quietly(() => rmSync(inUse, { force: true })); // half of it on a full disk would be in the way
    },
  };
}

function readKept(file: string, inUse: string, key: string): Kept | null {
  try {
    renameSync(file, inUse);
    const bytes = readFileSync(inUse);
    const end = bytes.indexOf("\n");
    const header: unknown = JSON.parse(bytes.toString("latin1", 0, end));
    const code = bytes.subarray(end + 1);
    if (!Array.isArray(header) || header[0] !== key || header[1] !== hashOf(code)) return null;
    return { runs: Number(header[2]), code };
  } catch {
    return null; // none is kept, or nobody can read it
  }
}

/** Not synced: after a power cut the hash says what it is worth. */
function writeKept(file: string, key: string, { runs, code }: Kept): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const header = `${JSON.stringify([key, hashOf(code), runs])}\n`;
  writeFileSync(file, Buffer.concat([Buffer.from(header), code]), { mode: 0o600 });
}

/** On a disk that is full or read-only the next run compiles. */
function quietly(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** V8 itself looks at version, flags and the text's length, and trusts each byte of the code. */
const hashOf = (code: Buffer): string => createHash("sha256").update(code).digest("base64");

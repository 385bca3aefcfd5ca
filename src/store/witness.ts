import { closeSync, constants, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

/** How far the journal had come, written outside of it. */
export interface Witness {
  write(step: number): void;
  close(): void;
}

const DIGITS = 16;

/**
 * A write-ahead log that lost its end is a sound one to SQLite: it goes back in time without a word. So the
 * number of the last step is written to a second file after each commit. Without a sync of its own: after a
 * power cut the number may lag behind, never be ahead, so a journal behind its witness has lost something.
 */
export function openWitness(file: string): Witness {
  const descriptor = openSync(file, constants.O_WRONLY + constants.O_CREAT, 0o600);
  return {
    write: (step) => {
      writeSync(descriptor, lineOf(step), 0);
    },
    close: () => closeSync(descriptor),
  };
}

/** The last step it saw; null when there is no witness, or it cannot be understood. */
export function readWitness(file: string): number | null {
  let line: string;
  try {
    line = readFileSync(file, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const step = Number(line.slice(0, DIGITS));
  return Number.isSafeInteger(step) && line === lineOf(step) ? step : null;
}

export const removeWitness = (file: string): void => rmSync(file, { force: true });

function lineOf(step: number): string {
  const number = String(step).padStart(DIGITS, "0");
  return `${number} ${crc32(number).toString(16).padStart(8, "0")}\n`;
}

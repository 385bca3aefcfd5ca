import { type ErrorCode, NixwaveError } from "../contract/index.ts";
import { faultOf, isOfDisk } from "../disk/index.ts";

export const fail = (code: ErrorCode, file: string, why: string, cause?: unknown): NixwaveError =>
  new NixwaveError(code, `${file}: ${why}`, { where: file, cause });

/** SQLite's and the file system's errors under a code; all others as they are. */
export function explain(error: unknown, file: string): unknown {
  if (!isOfDisk(error)) return error;
  const { message } = error;
  switch (faultOf(error, file)) {
    case "locked":
      return fail("hub-state-locked", file, "another process holds it", error);
    case "damaged":
      return fail("hub-state-damaged", file, message, error);
    case "full":
      return fail("hub-state-failed", file, `the disk is full (${message})`, error);
    case "failed":
      return fail("hub-state-failed", file, message, error);
  }
}

/** The same while a journal is read: whatever else goes wrong there is the journal's fault. */
export function explainReading(error: unknown, file: string): NixwaveError {
  const explained = explain(error, file);
  if (explained instanceof NixwaveError) return explained;
  return fail("hub-state-damaged", file, String(error), error);
}

export const isDamage = (error: unknown): error is NixwaveError =>
  error instanceof NixwaveError && error.code === "hub-state-damaged";

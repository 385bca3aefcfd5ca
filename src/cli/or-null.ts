import { NixwaveError } from "../contract/index.ts";

/** What `read` gives; null for what strangers wrote and a parser or a signature refuses: it proves nothing. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    return null;
  }
}

import { NixwaveError } from "../../src/contract/index.ts";

/** An address without its query: some servers take a token there. */
export const shownAddress = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

export const webFailure = (url: URL, why: string, cause?: unknown): NixwaveError => {
  const where = shownAddress(url);
  return new NixwaveError("web-request-failed", `${where}: ${why}`, { where, cause });
};

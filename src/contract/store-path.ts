import type { Brand } from "./brand.ts";
import { ContractError } from "./nixwave-error.ts";
import { type Schema, text } from "./schema.ts";

/** A built output in the Nix store: `/nix/store/<32 of Nix's base-32>-<name>`, never a derivation, never a path below one. */
export type StorePath = Brand<string, "StorePath">;

/**
 * Nix's own grammar (libstore checkName): 32 characters of its base-32 alphabet, which has no e, o, t, u;
 * a name of 1 to 211 characters that is not `.` or `..` and does not begin with `.-` or `..-`.
 * `.drv` is refused because a derivation is not a system.
 */
const STORE_PATH =
  /^\/nix\/store\/[0-9abcdfghijklmnpqrsvwxyz]{32}-(?!\.\.?(?:-|$))(?!.*\.drv$)[0-9A-Za-z+\-._?=]{1,211}$/;

export const storePath: Schema<StorePath> = text(
  STORE_PATH,
  "a store path such as /nix/store/<hash>-nixos-system-...",
);

/** @throws ContractError invalid-store-path */
export function parseStorePath(value: string): StorePath {
  if (!STORE_PATH.test(value)) {
    throw new ContractError(
      "invalid-store-path",
      `${JSON.stringify(value.slice(0, 300))} is not a store path of a built output`,
    );
  }
  return value as StorePath;
}

/** The 32 base-32 characters that name the path in a binary cache. */
export const storePathHash = (path: StorePath): string => path.slice(11, 43);

/** The name after the hash, e.g. "nixos-system-rp4-26.05". */
export const storePathName = (path: StorePath): string => path.slice(44);

import {
  ContractError,
  type NarHash,
  NixwaveError,
  parseJson,
  type StorePath,
} from "../contract/index.ts";
import { narHashOf, narHashOfParts } from "./nar-hash.ts";

/** 512 paths with thousands of references each. */
export const PATH_INFO_MAX_BYTES = 64 * 1024 * 1024;
const STORE_DIR = "/nix/store/";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads what `nix path-info --json` printed: an array with `path` (Nix <= 2.18, Lix), an object keyed by
 * path (2.19 and later), or `{version, storeDir, info}` keyed by base name (--json-format 2 and 3).
 * @returns the NAR hash of each of `paths`
 * @throws NixwaveError path-not-in-store naming every path the store does not have | nix-failed | not-json
 */
export function parsePathInfo(
  stdout: Uint8Array,
  paths: readonly StorePath[],
): ReadonlyMap<StorePath, NarHash> {
  const infoOf = reader(parseJson(stdout, PATH_INFO_MAX_BYTES));
  const found = paths.map((path) => [path, infoOf(path)] as const);
  const missing = found.filter(([, info]) => info === undefined).map(([path]) => path);
  if (missing.length > 0) {
    throw new NixwaveError("path-not-in-store", `the store does not have ${missing.join(", ")}`);
  }
  return new Map(found.map(([path, info]) => [path, hashOf(path, info)]));
}

/** @returns a look-up that gives undefined for a path that the store does not have */
function reader(printed: unknown): (path: StorePath) => Fields | undefined {
  if (Array.isArray(printed)) {
    const byPath = new Map(printed.filter(isObject).map((info) => [info["path"], info]));
    return (path) => validOnly(byPath.get(path));
  }
  if (!isObject(printed)) throw unreadable("it is neither an array nor an object");
  if (typeof printed["version"] !== "number") {
    return (path) => validOnly(Object.hasOwn(printed, path) ? printed[path] : undefined);
  }
  const { info, storeDir } = printed;
  if (!isObject(info)) throw unreadable(`version ${printed["version"]} without "info"`);
  if (typeof storeDir !== "string" || `${storeDir}/` !== STORE_DIR) {
    throw unreadable(`store folder ${JSON.stringify(storeDir)} instead of /nix/store`);
  }
  return (path) => {
    const name = path.slice(STORE_DIR.length);
    return validOnly(Object.hasOwn(info, name) ? info[name] : undefined);
  };
}

/** Nix <= 2.18 marks an absent path with `valid: false`, later ones with null. */
const validOnly = (info: unknown): Fields | undefined =>
  isObject(info) && info["valid"] !== false ? info : undefined;

function hashOf(path: StorePath, info: Fields | undefined): NarHash {
  const narHash = info?.["narHash"];
  try {
    if (typeof narHash === "string") return narHashOf(narHash);
    if (isObject(narHash)) return narHashOfParts(narHash);
  } catch (error) {
    if (error instanceof ContractError) throw unreadable(`${path}: ${error.message}`);
    throw error;
  }
  throw unreadable(`${path} has no narHash`);
}

const unreadable = (why: string): NixwaveError =>
  new NixwaveError("nix-failed", `the output of nix path-info --json is not understood: ${why}`);

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

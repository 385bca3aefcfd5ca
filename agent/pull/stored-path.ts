import { encodeNixBase32, NixwaveError, type StorePath } from "../../src/contract/index.ts";
import type { Narinfo } from "./narinfo.ts";

/** What Nix wrote down of one valid path. */
export interface StoredPath extends Narinfo {
  /** SHA-256 in 64 hexadecimal digits. */
  readonly narHashHex: string;
  /** Built on this host. */
  readonly isUltimate: boolean;
  /** What Nix says that the path's name follows from, e.g. `fixed:r:sha256:...`; null for what is built. */
  readonly contentAddress: string | null;
}

/** As SQLite hands it over: `id`, `path`, `hash`, `narSize`, `ultimate`, `sigs`, `ca`, `deriver`, `refs` (ids, joined by commas). */
export type StoredRow = Readonly<Record<string, unknown>>;

/** May be a derivation too: in a closure that holds one it is a path like any other. */
const PATH = /^\/nix\/store\/[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
const HASH = /^sha256:([0-9a-f]{64})$/;
/** Of Nix's forms those that are seen; at a text in none of its own Nix gives up, whoever signed the path. */
const CONTENT_ADDRESS =
  /^(?:|(?:fixed:(?:r:)?|text:)sha256:[01][0123456789abcdfghijklmnpqrsvwxyz]{51})$/;
/** More are a cache's mistake: what they say is left to Nix. */
const MOST_SIGNATURES = 64;

/**
 * Every row, or none.
 * @param others what `rows` may refer to beside themselves, by `id` and `path`
 * @throws NixwaveError nix-database-unread, which names the field
 */
export function parseStoredPaths(
  rows: readonly StoredRow[],
  others: readonly StoredRow[] = [],
): readonly StoredPath[] {
  const paths = new Map<unknown, StorePath>();
  for (const { id, path } of [...others, ...rows]) {
    if (typeof id !== "number" || !isPath(path)) throw wrong("path");
    paths.set(id, path);
  }
  for (const { deriver } of rows) {
    if (deriver !== null && !isPath(deriver)) throw wrong("deriver"); // Nix reads it with the rest, and dies of it
  }
  return rows.map((row) => ({
    storePath: paths.get(row["id"]) as StorePath,
    ...narHashOf(row["hash"]),
    narSizeBytes: sizeOf(row["narSize"]),
    references: idsOf(row["refs"]).map((id) => paths.get(id) ?? fail("refs")),
    signatures: signaturesOf(row["sigs"]),
    isUltimate: flagOf(row["ultimate"]),
    contentAddress: addressOf(row["ca"]),
  }));
}

const wrong = (field: string): NixwaveError =>
  new NixwaveError("nix-database-unread", `Nix's database: a path's ${field} cannot be read`);

function fail(field: string): never {
  throw wrong(field);
}

const isPath = (value: unknown): value is StorePath =>
  typeof value === "string" && PATH.test(value);

const textOf = (value: unknown, field: string): string =>
  typeof value === "string" ? value : fail(field);

function narHashOf(value: unknown): Pick<StoredPath, "narHashHex" | "narHashBase32"> {
  const [, narHashHex = fail("hash")] = HASH.exec(textOf(value, "hash")) ?? [];
  return { narHashHex, narHashBase32: `sha256:${encodeNixBase32(Buffer.from(narHashHex, "hex"))}` };
}

/** Nix takes 0 for not known, and then signs nothing. */
const sizeOf = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : fail("narSize");

const idsOf = (value: unknown): readonly number[] =>
  value === null ? [] : textOf(value, "refs").split(",").map(Number);

function signaturesOf(value: unknown): readonly string[] {
  if (value === null) return [];
  const all = textOf(value, "sigs").split(" ").filter(Boolean);
  return all.length <= MOST_SIGNATURES ? all : fail("sigs");
}

function addressOf(value: unknown): string | null {
  if (value === null) return null;
  const text = textOf(value, "ca");
  return CONTENT_ADDRESS.test(text) ? text : fail("ca");
}

const flagOf = (value: unknown): boolean =>
  value === null || value === 0 || value === 1 ? value === 1 : fail("ultimate");

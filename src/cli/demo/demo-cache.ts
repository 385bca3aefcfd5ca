import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  encodeBase64,
  encodeNixBase32,
  fingerprint,
  type NarHash,
  NixwaveError,
  parseNarHash,
  parseStorePath,
  type SecretKey,
  type StorePath,
  storePathHash,
} from "../../contract/index.ts";
import { archive, type Tree } from "./nar.ts";

/** A binary cache in a folder, as any web server can serve it: nix-cache-info, narinfo files, archives. */
export interface DemoCache {
  readonly directory: string;
  /** All archives together: as much as hosts could ever pull from it. */
  readonly archiveBytes: number;
  /** What `add` computed for a path. */
  narHash(path: StorePath): NarHash;
  /** @param references what the content points to; a path may point to itself */
  add(path: StorePath, tree: Tree, references: readonly StorePath[]): Promise<void>;
  /** Flips one bit of the longest text in the stored archive of `path`: what a broken disk or a forger would do. */
  corrupt(path: StorePath): Promise<void>;
}

const PATH_HASH_BYTES = 20;
const sha256 = (bytes: Uint8Array | string): Buffer => createHash("sha256").update(bytes).digest();

/**
 * A store path for `name`. Nix never recomputes the hash of a path that was built from inputs, so any
 * digest does, as long as different content gets a different one.
 */
export const demoStorePath = (name: string, seed: string): StorePath => {
  const hash = encodeNixBase32(sha256(`${seed}/${name}`).subarray(0, PATH_HASH_BYTES));
  return parseStorePath(`/nix/store/${hash}-${name}`);
};

/** Makes an empty cache in `directory` whose paths are signed with `key`. */
export async function createDemoCache(directory: string, key: SecretKey): Promise<DemoCache> {
  await mkdir(join(directory, "nar"), { recursive: true });
  await writeFile(join(directory, "nix-cache-info"), "StoreDir: /nix/store\nWantMassQuery: 1\n");
  const added = new Map<StorePath, { readonly narHash: NarHash; readonly bytes: number }>();
  return {
    directory,
    get archiveBytes() {
      return [...added.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    },
    narHash(path) {
      const found = added.get(path);
      if (!found) throw new NixwaveError("internal-error", `the demo never made ${path}`);
      return found.narHash;
    },
    async add(path, tree, references) {
      const nar = archive(tree);
      const narHash = parseNarHash(`sha256-${encodeBase64(sha256(nar))}`);
      added.set(path, { narHash, bytes: nar.byteLength });
      await writeFile(join(directory, narFile(path)), nar);
      const info = narinfo(path, nar, references, key);
      await writeFile(join(directory, `${storePathHash(path)}.narinfo`), info);
    },
    async corrupt(path) {
      const nar = await readFile(join(directory, narFile(path)));
      const at = middleOfLongestText(nar);
      nar.writeUInt8((nar[at] ?? 0) ^ 1, at);
      await writeFile(join(directory, narFile(path)), nar);
    },
  };
}

/** Elsewhere in an archive a bit may be its structure, which Nix refuses before it looks at any hash. */
function middleOfLongestText(nar: Uint8Array): number {
  let longest = { from: 0, length: 0 };
  for (let from = 0; from < nar.length; ) {
    const zero = nar.indexOf(0, from);
    const length = (zero < 0 ? nar.length : zero) - from;
    if (length > longest.length) longest = { from, length };
    from += length + 1;
  }
  return longest.from + (longest.length >> 1);
}

const narFile = (path: StorePath): string => `nar/${storePathHash(path)}.nar`;

function narinfo(
  path: StorePath,
  nar: Uint8Array,
  references: readonly StorePath[],
  key: SecretKey,
): string {
  const narHashBase32 = `sha256:${encodeNixBase32(sha256(nar))}`;
  const sorted = references.toSorted();
  const narSizeBytes = nar.byteLength;
  const info = { storePath: path, narHashBase32, narSizeBytes, references: sorted };
  const signature = key.sign(Buffer.from(fingerprint(info), "utf8"));
  const fields = {
    StorePath: path,
    URL: narFile(path),
    Compression: "none",
    FileHash: narHashBase32,
    FileSize: narSizeBytes,
    NarHash: narHashBase32,
    NarSize: narSizeBytes,
    References: sorted.map((one) => one.slice("/nix/store/".length)).join(" "),
    Sig: `${key.name}:${encodeBase64(signature)}`,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

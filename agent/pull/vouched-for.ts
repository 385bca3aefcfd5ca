import { createHash, hash } from "node:crypto";
import {
  encodeNixBase32,
  fingerprint,
  formatPublicKey,
  isSignedByNixAside,
  type PublicKey,
  type StorePath,
  storePathName,
} from "../../src/contract/index.ts";
import type { StoredPath } from "./stored-path.ts";

/** Under way at once: enough for every core, and little to undo after the first doubt. */
const AT_ONCE = 64;
const PATH_HASH_BYTES = 20;

/**
 * What was found signed, each as a hash over all that the verdict follows from (keys, path, NAR hash, size, references,
 * signatures): whatever differs from what was looked at then is not in it.
 */
export type SeenSigned = Set<string>;

/**
 * Looks at signatures ahead of the verdict, and remembers only a yes: what is not signed, or cannot be read, is the verdict's to say.
 * @param paths need not be a closure
 */
export async function learnSigned(
  paths: readonly StoredPath[],
  keys: readonly PublicKey[],
  seen: SeenSigned,
): Promise<void> {
  const whole = wholeBy(keys);
  const all = paths.map(async (path) => {
    if (await isSignedByNixAside(path, path.signatures, keys)) seen.add(whole(path));
  });
  await Promise.allSettled(all);
}

const wholeBy = (keys: readonly PublicKey[]): ((path: StoredPath) => string) => {
  const by = keys.map(formatPublicKey).join(" ");
  return (path) => hash("sha256", [by, fingerprint(path), ...path.signatures].join("\n"), "base64");
};

/**
 * Whether the host may trust every path, by Nix's own rules: built here, named after its content, or signed by one of
 * `keys`; and the paths in an order in which each comes after what it needs, which Nix makes before it looks.
 * @param paths a closure, whole
 * @param seen of which no signature is verified again
 * @returns null, or the first doubt in a person's words: nothing here refuses what Nix would take
 * @throws NixwaveError invalid-key | invalid-base64 for a signature that cannot be read
 */
export async function doubtOf(
  paths: readonly StoredPath[],
  keys: readonly PublicKey[],
  seen: SeenSigned = new Set(),
): Promise<string | null> {
  if (paths.length === 0) return "it is not there";
  if (isCircular(paths)) return "its paths need each other";
  const whole = wholeBy(keys);
  const isNew = (path: StoredPath): boolean => seen.size === 0 || !seen.has(whole(path));
  const isBySignature = (path: StoredPath): boolean =>
    !path.isUltimate && !isNamedAfterContent(path);
  const unsigned = paths.filter((path) => isBySignature(path) && isNew(path));
  for (let first = 0; first < unsigned.length; first += AT_ONCE) {
    const some = unsigned.slice(first, first + AT_ONCE);
    const good = await Promise.all(
      some.map((path) => isSignedByNixAside(path, path.signatures, keys)),
    );
    const bad = some[good.indexOf(false)];
    if (bad !== undefined) return `${bad.storePath} is signed by no key that this host trusts`;
  }
  return null;
}

/** A path may name itself; two may not name each other. */
function isCircular(paths: readonly StoredPath[]): boolean {
  const users = new Map<StorePath, StorePath[]>(paths.map(({ storePath }) => [storePath, []]));
  const open = new Map<StorePath, number>();
  for (const { storePath, references } of paths) {
    const others = references.filter((one) => one !== storePath);
    open.set(storePath, others.length);
    for (const other of others) users.get(other)?.push(storePath);
  }
  const ready = [...open].filter(([, count]) => count === 0).map(([path]) => path);
  for (const path of ready) {
    for (const user of users.get(path) ?? []) {
      const left = (open.get(user) ?? 0) - 1;
      open.set(user, left);
      if (left === 0) ready.push(user); // the loop goes on over what is added
    }
  }
  return ready.length !== paths.length;
}

/**
 * Sources as flakes and `builtins.path` bring them in (Nix, makeFixedOutputPath): its name is made of the hash of the
 * archive, so that nobody can give it other content. Of the other forms none is known to be common; Nix judges those.
 */
function isNamedAfterContent({ contentAddress, ...path }: StoredPath): boolean {
  if (contentAddress !== `fixed:r:${path.narHashBase32}` || path.references.length > 0)
    return false;
  const hex = path.narHashHex;
  const name = storePathName(path.storePath);
  const whole = createHash("sha256").update(`source:sha256:${hex}:/nix/store:${name}`).digest();
  const folded = Buffer.alloc(PATH_HASH_BYTES);
  for (const [index, byte] of whole.entries()) {
    folded[index % PATH_HASH_BYTES] = Number(folded[index % PATH_HASH_BYTES]) ^ byte;
  }
  return path.storePath === `/nix/store/${encodeNixBase32(folded)}-${name}`;
}

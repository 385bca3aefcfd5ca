import { createHash, type Hash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { setImmediate as breathe } from "node:timers/promises";
import { encodeNixBase32, NixwaveError } from "../../src/contract/index.ts";

const WORD_BYTES = 8;
const CHUNK_BYTES = 256 * 1024;
const MAY_EXECUTE = 0o100;

/**
 * The SHA-256 of what lies at `file`, as a Nix archive (Dolstra's thesis, figure 5.2), as `nix-hash --type sha256
 * --base32` finds it: in this process, because a program of Nix takes 20 ms of processor to start.
 * @returns "sha256:" and Nix's base-32 @throws NixwaveError nar-hash-mismatch for what no archive can hold
 */
export async function narHashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  word(hash, "nix-archive-1");
  await node(hash, Buffer.from(file));
  return `sha256:${encodeNixBase32(hash.digest())}`;
}

/** Its length in 8 bytes little-endian, the bytes, zeros up to a multiple of 8. */
function word(hash: Hash, content: string | Buffer): void {
  const bytes = Buffer.from(content);
  length(hash, bytes.length);
  hash.update(bytes);
  pad(hash, bytes.length);
}

function length(hash: Hash, bytes: number): void {
  const field = Buffer.alloc(WORD_BYTES);
  field.writeBigUInt64LE(BigInt(bytes));
  hash.update(field);
}

const pad = (hash: Hash, bytes: number): void =>
  void hash.update(Buffer.alloc((WORD_BYTES - (bytes % WORD_BYTES)) % WORD_BYTES));

const words = (hash: Hash, ...all: readonly string[]): void => {
  for (const one of all) word(hash, one);
};

async function node(hash: Hash, path: Buffer): Promise<void> {
  const status = lstatSync(path);
  words(hash, "(", "type");
  if (status.isSymbolicLink()) {
    words(hash, "symlink", "target");
    word(hash, readlinkSync(path, "buffer"));
  } else if (status.isFile()) {
    words(hash, "regular");
    if (status.mode & MAY_EXECUTE) words(hash, "executable", "");
    word(hash, "contents");
    await contents(hash, path, status.size);
  } else if (status.isDirectory()) {
    words(hash, "directory");
    for (const name of readdirSync(path, "buffer").toSorted(Buffer.compare)) {
      words(hash, "entry", "(", "name");
      word(hash, name);
      word(hash, "node");
      await node(hash, Buffer.concat([path, Buffer.from("/"), name]));
      word(hash, ")");
    }
  } else throw changed(path, "is neither file nor folder nor link");
  word(hash, ")");
}

async function contents(hash: Hash, path: Buffer, size: number): Promise<void> {
  length(hash, size);
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size));
    for (let left = size; left > 0; ) {
      const read = readSync(file, chunk, 0, Math.min(chunk.length, left), null);
      if (read === 0) throw changed(path, "became shorter while it was read");
      hash.update(chunk.subarray(0, read));
      left -= read;
      if (left > 0) await breathe(); // a signal to stop is heard between two pieces
    }
  } finally {
    closeSync(file);
  }
  pad(hash, size);
}

const changed = (path: Buffer, why: string): NixwaveError =>
  new NixwaveError("nar-hash-mismatch", `${path.toString()} ${why}`);

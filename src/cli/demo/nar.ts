/** What a Nix archive can hold: regular files, directories and symbolic links, nothing else. */
export type Tree =
  | { readonly kind: "file"; readonly text: string; readonly executable?: boolean }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "folder"; readonly entries: Readonly<Record<string, Tree>> };

export const file = (text: string): Tree => ({ kind: "file", text });
export const script = (text: string): Tree => ({ kind: "file", text, executable: true });
export const link = (target: string): Tree => ({ kind: "link", target });
export const folder = (entries: Readonly<Record<string, Tree>>): Tree => ({
  kind: "folder",
  entries,
});

const WORD_BYTES = 8;

/** The Nix archive of `tree` (Dolstra's thesis, figure 5.2): entries sorted by byte, no dates, no owners. */
export const archive = (tree: Tree): Uint8Array =>
  Buffer.concat([word("nix-archive-1"), ...node(tree)]);

/** A string as NAR writes it: its length in 8 bytes little-endian, its bytes, zeros up to a multiple of 8. */
function word(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const length = Buffer.alloc(WORD_BYTES);
  length.writeBigUInt64LE(BigInt(bytes.byteLength));
  const padding = (WORD_BYTES - (bytes.byteLength % WORD_BYTES)) % WORD_BYTES;
  return Buffer.concat([length, bytes, Buffer.alloc(padding)]);
}

function node(tree: Tree): readonly Buffer[] {
  return [word("("), word("type"), ...content(tree), word(")")];
}

function content(tree: Tree): readonly Buffer[] {
  switch (tree.kind) {
    case "link":
      return [word("symlink"), word("target"), word(tree.target)];
    case "file": {
      const mode = tree.executable ? [word("executable"), word("")] : [];
      return [word("regular"), ...mode, word("contents"), word(tree.text)];
    }
    case "folder":
      return [word("directory"), ...entriesOf(tree.entries)];
  }
}

function entriesOf(entries: Readonly<Record<string, Tree>>): readonly Buffer[] {
  return Object.keys(entries)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap((name) => [
      ...[word("entry"), word("("), word("name"), word(name), word("node")],
      ...node(entries[name] as Tree),
      word(")"),
    ]);
}

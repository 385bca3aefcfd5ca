import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { narHashOf } from "../../agent/pull/nar-hash.ts";
import { archive, file, folder, link, script, type Tree } from "../../src/cli/demo/nar.ts";
import { encodeNixBase32 } from "../../src/contract/index.ts";

async function lay(path: string, tree: Tree): Promise<void> {
  if (tree.kind === "link") return symlink(tree.target, path);
  if (tree.kind === "file") {
    await writeFile(path, tree.text);
    return chmod(path, tree.executable ? 0o555 : 0o444);
  }
  await mkdir(path);
  for (const [name, one] of Object.entries(tree.entries)) await lay(join(path, name), one);
}

const hashOf = (tree: Tree): string =>
  `sha256:${encodeNixBase32(createHash("sha256").update(archive(tree)).digest())}`;

describe("the hash of a system's own path", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nixwave-nar-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it.each([
    ["a file", file("text")],
    ["an empty file", file("")],
    ["a program", script("#!/bin/sh\n")],
    ["a link that leads nowhere", link("/nix/store/nowhere")],
    ["an empty folder", folder({})],
    ["a file larger than one piece", file("x".repeat(700_001))],
    [
      "names that bytes order otherwise than letters do",
      folder({
        b: file("1"),
        B: file("2"),
        a: folder({ ä: link("b"), "a.b": file("3"), ab: file("4") }),
      }),
    ],
  ] as const)("is that of its archive, for %s", async (_, tree) => {
    const path = join(directory, "it");
    await lay(path, tree);
    expect(await narHashOf(path)).toBe(hashOf(tree));
  });

  it.each([
    ["another text", folder({ a: file("2") })],
    ["another name", folder({ b: file("1") })],
    ["the right to execute", folder({ a: script("1") })],
    ["a link in its place", folder({ a: link("1") })],
  ] as const)("changes with %s", async (_, tree) => {
    const path = join(directory, "it");
    await lay(path, tree);
    expect(await narHashOf(path)).not.toBe(hashOf(folder({ a: file("1") })));
  });

  it("is refused for a pipe, without waiting for a writer", async () => {
    const pipe = join(directory, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    await expect(narHashOf(directory)).rejects.toThrow(/pipe is neither file/);
  });
});

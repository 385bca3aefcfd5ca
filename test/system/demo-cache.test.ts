import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveCache } from "../../src/cli/demo/cache-server.ts";
import { createDemoCache, demoStorePath } from "../../src/cli/demo/demo-cache.ts";
import { archive, file, folder, link, script } from "../../src/cli/demo/nar.ts";
import { removeTree } from "../../src/cli/demo/remove-tree.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { keyFrom } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";

/** Long enough that the middle of its archive is its content. */
const LEAF = "a leaf\n".repeat(100);

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "nixwave-cache-"));
});
afterAll(() => removeTree(directory));

const tree = folder({
  "a-file": file("words\n"),
  Z: folder({ empty: file(""), exact: file("8 bytes!") }),
  bin: folder({ run: script("#!/bin/sh\n") }),
  umlaut_ä: link("../a-file"),
});

describe.skipIf(needs("nix").skip)("the archives of the demo", () => {
  it("are what Nix itself makes of the same files", async () => {
    const restored = join(directory, "restored");
    const written = join(directory, "tree.nar");
    await writeFile(written, archive(tree));
    execFileSync("nix-store", ["--restore", restored], { input: await readFile(written) });
    expect(execFileSync("nix-store", ["--dump", restored])).toEqual(await readFile(written));
  });
});

describe.skipIf(needs("nix").skip)("the cache of the demo", () => {
  /** Not the synchronous form: the cache is served by this very process. */
  const pull = async (url: string, path: string, key: string, store: string): Promise<string> => {
    const trust = ["--option", "substituters", url, "--option", "trusted-public-keys", key];
    const env = { ...process.env, HOME: store, XDG_CACHE_HOME: join(store, "cache") };
    const args = ["--store", store, "--realise", path, ...trust];
    return (await promisify(execFile)("nix-store", args, { env })).stdout;
  };

  it("gives Nix a closure with all it refers to, signed with the key it says", async () => {
    const key = keyFrom("demo-cache-1");
    const cache = await createDemoCache(join(directory, "cache"), key);
    const [leaf, top] = [demoStorePath("leaf", "seed"), demoStorePath("top", "seed")];
    await cache.add(leaf, file(LEAF), []);
    await cache.add(top, folder({ leaf: link(leaf), self: link(top) }), [top, leaf]);
    const server = await serveCache(cache.directory);
    const store = await mkdtemp(join(directory, "store-"));
    const other = await mkdtemp(join(directory, "store-"));
    try {
      expect(await pull(server.url, top, formatPublicKey(key.publicKey), store)).toContain(top);
      expect(await readFile(join(store, leaf), "utf8")).toBe(LEAF);
      const stranger = formatPublicKey(keyFrom("stranger-1").publicKey);
      await expect(pull(server.url, top, stranger, other)).rejects.toThrow(/not signed by any/);
      await cache.corrupt(leaf);
      const damaged = pull(server.url, leaf, formatPublicKey(key.publicKey), other);
      await expect(damaged).rejects.toThrow(/hash mismatch/);
    } finally {
      await server.close();
    }
  });

  it("serves nothing but what it made", async () => {
    const key = keyFrom("demo-cache-1");
    const cache = await createDemoCache(join(directory, "private"), key);
    await writeFile(join(directory, "secret"), "secret");
    const server = await serveCache(cache.directory);
    try {
      for (const path of ["/", "/../secret", "/%2e%2e/secret", "/nar/../../secret", "/x.narinfo"]) {
        expect((await fetch(server.url + path)).status).toBe(404);
      }
      expect((await fetch(`${server.url}/nix-cache-info`)).status).toBe(200);
      expect((await fetch(`${server.url}/nix-cache-info`, { method: "PUT" })).status).toBe(405);
    } finally {
      await server.close();
      await rm(join(directory, "secret"));
    }
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { serveFaultyCache } from "../support/cache/faulty-cache.ts";
import { closers } from "./probe-rig.ts";
import { probedHost } from "./probed-host.ts";

const once = { kind: "cache", retries: 0, timeout: "5s", within: "10s" };
const INFO = "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n";

/** A folder that is a binary cache; `name` may hold what a URL has to escape. */
async function cacheFolder(info = INFO, name = "cache"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `nixwave-${name}-`));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "nix-cache-info"), info);
  return folder;
}

async function privateCache() {
  const cache = await serveFaultyCache(await cacheFolder());
  closers.push(() => cache.close());
  cache.login = "rp4:secret";
  return cache;
}

describe("a cache probe of a private cache", () => {
  it("logs in with what the netrc file says for that machine", async () => {
    const { url } = await privateCache();
    const { file, probe } = await probedHost();
    const netrcFile = await file(
      "netrc",
      "machine other.example login rp4 password wrong\nmachine 127.0.0.1 login rp4 password secret\n",
    );
    const seen = await probe({ substituters: [url], netrcFile }, once);
    expect(seen).toMatchObject({ state: "passed", message: "reachable" });
  });

  it("takes the netrc file's default for a machine without an entry", async () => {
    const { url } = await privateCache();
    const { file, probe } = await probedHost();
    const netrcFile = await file("netrc", "default login rp4 password secret\n");
    expect((await probe({ substituters: [url], netrcFile }, once)).state).toBe("passed");
  });

  it.each([
    ["without a netrc file", null],
    ["with another machine's login only", "machine other.example login rp4 password secret\n"],
    ["with an old password", "machine 127.0.0.1 login rp4 password old\n"],
  ])("fails %s, and says the status", async (_name, netrc) => {
    const { url } = await privateCache();
    const { file, probe } = await probedHost();
    const login = netrc === null ? {} : { netrcFile: await file("netrc", netrc) };
    const seen = await probe({ substituters: [url], ...login }, once);
    expect(seen).toMatchObject({ state: "failed", message: "status 401 for nix-cache-info" });
  });

  it("is unknown when the netrc file is not there", async () => {
    const { url } = await privateCache();
    const { probe } = await probedHost();
    const seen = await probe({ substituters: [url], netrcFile: "/nowhere/netrc" }, once);
    expect(seen.state).toBe("unknown");
    expect(seen.message).toContain("/nowhere/netrc");
  });
});

describe("a cache probe of a folder", () => {
  it("passes for a file: URL, whatever its name has to escape", async () => {
    const folder = await cacheFolder(INFO, "ca che %41");
    const { probe } = await probedHost();
    const seen = await probe({ substituters: [pathToFileURL(folder).href] }, once);
    expect(seen).toMatchObject({ state: "passed", message: "reachable" });
  });

  it("fails for a disk that is not mounted, and for a cache of another store", async () => {
    const { probe } = await probedHost();
    const gone = await probe({ substituters: ["file:///nowhere/cache"] }, once);
    expect(gone.state).toBe("failed");
    expect(gone.message).toContain("ENOENT");
    const foreign = await cacheFolder("StoreDir: /gnu/store\n");
    const seen = await probe({ substituters: [pathToFileURL(foreign).href] }, once);
    expect(seen.message).toContain("not that of a binary cache for /nix/store");
  });
});

describe("a cache probe", () => {
  it("asks the first substituter only, without the settings that Nix reads from its URL", async () => {
    const first = await serveFaultyCache(await cacheFolder());
    const second = await serveFaultyCache(await cacheFolder());
    closers.push(
      () => first.close(),
      () => second.close(),
    );
    const { probe } = await probedHost();
    const substituters = [`${first.url}/?priority=10&want-mass-query=true`, second.url];
    expect((await probe({ substituters }, once)).state).toBe("passed");
    expect(first.requests).toEqual(["/nix-cache-info"]);
    expect(second.requests).toEqual([]);
    const folder = pathToFileURL(await cacheFolder()).href;
    expect((await probe({ substituters: [`${folder}?trusted=1`] }, once)).state).toBe("passed");
  });
});

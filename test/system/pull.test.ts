import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PullProgress } from "../../agent/pull/pull-progress.ts";
import { storePathHash } from "../../src/contract/index.ts";
import { needs } from "../support/system-parts.ts";
import { noProgress, openPullHome, openPullHost, type PullHome, TRUST } from "./pull-rig.ts";

describe.skipIf(needs("nix").skip)("the pull", () => {
  let home: PullHome;
  beforeAll(async () => {
    home = await openPullHome();
  });
  afterAll(() => home.close());

  it("brings a closure that was checked, says how far it is, and keeps it by its root", async () => {
    const { store, root } = await openPullHost(home);
    const { closure } = home;
    await store.holdRoots({ target: closure.storePath, running: null, deadman: null });
    expect(await store.isHere(closure.storePath)).toBe(false);
    const seen: PullProgress[] = [];
    const size = await store.pull(closure, (progress) => seen.push(progress));
    expect(size.unpackedBytes).toBeGreaterThan(390_000);
    expect(await store.isHere(closure.storePath)).toBe(true);
    expect((await store.inspect(closure, TRUST)).host).toBe("nuc");
    expect(seen.at(-1)).toMatchObject({ percent: 100, pathsDone: 2, pathsTotal: 2 });
    const percents = seen.map(({ percent }) => percent);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(await readFile(join(root, closure.leaf, "data"), "utf8")).toHaveLength(400_000);
  });

  it.each([
    [0, "beside Nix"],
    [Number.POSITIVE_INFINITY, "before Nix begins"],
  ])("asks once for what a closure refers to (room from %d bytes: %s)", async (roomyBytes) => {
    const { store } = await openPullHost(home, { roomyBytes });
    home.server.requests.length = 0;
    await store.pull(home.closure, noProgress);
    const leaf = `/${storePathHash(home.closure.leaf)}.narinfo`;
    expect(home.server.requests.filter((path) => path === leaf)).toHaveLength(1);
  });

  it("asks nobody for what is here", async () => {
    const { store } = await openPullHost(home);
    await store.pull(home.closure, noProgress);
    home.server.requests.length = 0;
    const again = await store.pull(home.closure, noProgress);
    expect(again).toMatchObject({ downloadBytes: 0, unpackedBytes: 0 });
    expect(home.server.requests).toEqual([]);
  });

  it("makes a closure the newest generation of the system profile", async () => {
    const { store, root } = await openPullHost(home);
    await store.pull(home.closure, noProgress);
    await store.setProfile(home.closure.storePath);
    const profiles = join(root, "nix/var/nix/profiles");
    expect(await readlink(join(profiles, "system"))).toBe("system-1-link");
    expect(await readlink(join(profiles, "system-1-link"))).toBe(home.closure.storePath);
  });
});

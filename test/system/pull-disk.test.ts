import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canMountDisks } from "../support/can-mount-disks.ts";
import { needs } from "../support/system-parts.ts";
import {
  codeOf,
  failed,
  noProgress,
  openPullHome,
  openPullHost,
  type PullHome,
  type PullHost,
} from "./pull-rig.ts";

const mount = (folder: string, ...options: readonly string[]) =>
  spawnSync("mount", ["-t", "tmpfs", "-o", options.join(","), "tmpfs", folder], {
    encoding: "utf8",
  });

describe.skipIf(needs("nix").skip || !canMountDisks())("a pull to a small disk", () => {
  let home: PullHome;
  let disks = 0;
  beforeAll(async () => {
    home = await openPullHome();
  });
  const mounted: string[] = [];
  afterAll(async () => {
    for (const folder of mounted) spawnSync("umount", ["--lazy", folder]);
    await home.close();
  });

  async function openSmallHost(
    size: string,
    changes: Partial<PullHost["settings"]> = {},
  ): Promise<PullHost> {
    const root = join(home.directory, `disk-${++disks}`);
    await mkdir(root);
    expect(mount(root, `size=${size}`).stderr).toBe("");
    mounted.push(root);
    return openPullHost(home, { root, ...changes });
  }

  it("is not begun when it has too little space, and says how much it needs", async () => {
    const { store, root } = await openSmallHost("2m");
    await writeFile(join(root, "ballast"), Buffer.alloc(1_640_000));
    const failure = await failed(store.pull(home.closure, noProgress));
    expect(codeOf(failure)).toBe("space-too-small");
    expect(failure?.message).toMatch(/needs 0\.4 MiB, .* has 0\.[0-4] MiB free: collect garbage/);
  });

  it("is stopped as soon as Nix says that it needs more, where there seemed to be plenty", async () => {
    const { store, root } = await openSmallHost("2m", { roomyBytes: 1 });
    await writeFile(join(root, "ballast"), Buffer.alloc(1_640_000));
    const failure = await failed(store.pull(home.closure, noProgress));
    expect(codeOf(failure)).toBe("space-too-small");
    expect(failure?.message).toMatch(/needs 0\.4 MiB, .* has 0\.[0-4] MiB free: collect garbage/);
  });

  it.each([
    ["900k", "disk-full"],
    ["700k", "space-too-small"],
  ])("that has %s ends as %s, and goes on when there is more", async (size, code) => {
    const host = await openSmallHost(size);
    await writeFile(join(host.root, "ballast"), Buffer.alloc(350_000));
    expect(codeOf(await failed(host.store.pull(home.closure, noProgress)))).toBe(code);
    expect(mount(host.root, "remount", "size=20m").stderr).toBe("");
    await host.store.pull(home.closure, noProgress);
  });
});

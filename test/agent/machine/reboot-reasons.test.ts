import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rebootReasons } from "../../../agent/machine/reboot-reasons.ts";
import type { StorePath } from "../../../src/contract/index.ts";
import { pathFor } from "../../support/contract-builders.ts";

const OLD = pathFor("old");
const NEW = pathFor("new");

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "nixwave-reasons-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface System {
  readonly links?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}
async function system(path: StorePath, { links = {}, files = {} }: System): Promise<void> {
  await mkdir(join(root, path), { recursive: true });
  for (const [name, target] of Object.entries(links)) await symlink(target, join(root, path, name));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, path, name), text);
}
const reasons = (booted: StorePath | null, current: StorePath | null, target = NEW) =>
  rebootReasons(root, { booted, current, target });
const kernel = (version: string) => ({ kernel: `/kernels/${version}/bzImage`, initrd: "/initrd" });
const json = (value: unknown): string => JSON.stringify(value);

describe("why a system needs a reboot", () => {
  it("is its kernel, its initrd or its modules, when they are not those that were booted", async () => {
    await system(OLD, { links: { ...kernel("6.6"), "kernel-modules": "/modules-1" } });
    await system(NEW, {
      links: { kernel: "/kernels/6.7/bzImage", initrd: "/other", "kernel-modules": "/modules-2" },
    });
    expect(await reasons(OLD, OLD)).toEqual(["kernel", "initrd", "kernel-modules"]);
  });

  it("is nothing when what only a boot takes in is the same", async () => {
    await system(OLD, { links: kernel("6.6") });
    await system(NEW, { links: kernel("6.6") });
    expect(await reasons(OLD, OLD)).toEqual([]);
  });

  it("is nothing that can be told where there is no kernel, or nothing is known to have booted", async () => {
    await system(OLD, { links: kernel("6.6") });
    await system(NEW, {});
    expect(await reasons(OLD, OLD)).toEqual([]);
    expect(await reasons(null, OLD)).toEqual([]);
  });

  it("is still there after the switch: against what was booted, not against what runs", async () => {
    await system(OLD, { links: kernel("6.6") });
    await system(NEW, { links: kernel("6.7"), files: { "init-interface-version": "2" } });
    expect(await reasons(OLD, NEW)).toEqual(["kernel"]);
    expect(await reasons(NEW, NEW)).toEqual([]);
  });

  it("is a trigger of the system's own list, which wins over the links", async () => {
    const triggers = { kernel: "/k1", firmware: { version: 1 }, gone: "x" };
    await system(OLD, { links: kernel("6.6"), files: { "reboot-triggers": json(triggers) } });
    const fresh = { kernel: "/k1", firmware: { version: 2 }, fresh: "y" };
    await system(NEW, { links: kernel("6.7"), files: { "reboot-triggers": json(fresh) } });
    expect(await reasons(OLD, OLD)).toEqual(["firmware"]);
  });

  it.each([
    ["only one system has it", json({ kernel: "/k1" }), null],
    ["it is broken", json({ kernel: "/k1" }), "{"],
    ["it is no object", json({ kernel: "/k1" }), json(["kernel"])],
    ["it is null", "null", json({ kernel: "/k1" })],
  ])("is told by the links when the list is of no use: %s", async (_name, before, after) => {
    await system(OLD, { links: kernel("6.6"), files: { "reboot-triggers": before } });
    const files = after === null ? {} : { "reboot-triggers": after };
    await system(NEW, { links: kernel("6.7"), files });
    expect(await reasons(OLD, OLD)).toEqual(["kernel"]);
  });

  it("is the init interface, and an inhibitor that both systems know", async () => {
    const inhibitors = (dbus: string) => json({ dbus, ["known to one"]: dbus });
    await system(OLD, {
      files: { "init-interface-version": "systemd 254", "switch-inhibitors": inhibitors("1") },
    });
    await system(NEW, {
      files: { "init-interface-version": "systemd 255", "switch-inhibitors": json({ dbus: "2" }) },
    });
    expect(await reasons(OLD, OLD)).toEqual(["init", "inhibitor dbus"]);
    expect(await reasons(OLD, null)).toEqual([]);
  });
});

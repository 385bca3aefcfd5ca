import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DemoCache, demoStorePath } from "../../../src/cli/demo/demo-cache.ts";
import { file, folder, link, script, type Tree } from "../../../src/cli/demo/nar.ts";
import type { StorePath, SystemMarker } from "../../../src/contract/index.ts";

/** What a fixture's switch-to-configuration does wrong. */
export type Behaviour =
  /** exit 1 before anything is touched */
  | "precheck"
  /** `boot` exits 1, always or the first time on this disk */
  | "bootfail"
  | "bootfail-once"
  /** dies by SIGKILL before or after /run/current-system has moved */
  | "killed-early"
  | "killed"
  /** exit 2; in the old system: the way back fails */
  | "activatefail"
  /** sleeps 600 s after /run/current-system has moved */
  | "hang"
  /** exit 101, half done */
  | "panic"
  /** exit 0 and nothing done */
  | "lies"
  /** takes eth0 down; a system without it takes it up */
  | "netdown";

export interface FixturePlan {
  readonly host: string;
  readonly version: string;
  /** Unit files of etc/systemd/system; `wanted` ones are started with multi-user.target. */
  readonly units?: Readonly<Record<string, string>>;
  readonly wanted?: readonly string[];
  readonly behaviours?: readonly Behaviour[];
  /** nixwave/host.json; none without it. */
  readonly marker?: SystemMarker;
  /** Names what /run/booted-system/kernel points to: another one needs a reboot. */
  readonly kernel?: string;
  readonly initInterface?: string;
  readonly inhibitors?: Readonly<Record<string, string>>;
  /** More files in bin/, as scripts: agent and activator. */
  readonly programs?: Readonly<Record<string, string>>;
}

/** Puts a toplevel `nixos-system-HOST-VERSION` into the signed cache, as NixOS lays it out. */
export async function addFixtureSystem(cache: DemoCache, plan: FixturePlan): Promise<StorePath> {
  const out = fixturePath(plan);
  const linux = demoStorePath(`linux-${plan.kernel ?? "6.18"}`, "kernel");
  await cache.add(linux, folder({ bzImage: file("a kernel\n"), initrd: file("an initrd\n") }), []);
  await cache.add(out, toplevel(out, linux, plan), [out, linux]);
  return out;
}

/** The path that `addFixtureSystem` gives: known before, because a marker and units name it. */
export const fixturePath = ({ host, version }: FixturePlan): StorePath =>
  demoStorePath(`nixos-system-${host}-${version}`, "fixture");

const model = readFileSync(join(import.meta.dirname, "switch-to-configuration.sh"), "utf8");

function toplevel(out: StorePath, linux: StorePath, plan: FixturePlan): Tree {
  const mapped = (map: Readonly<Record<string, string>>, to: (text: string) => Tree) =>
    Object.fromEntries(Object.entries(map).map(([name, text]) => [name, to(text)]));
  const wanted = (plan.wanted ?? []).map((unit) => [unit, link(`../${unit}`)] as const);
  const units = folder({
    ...mapped(plan.units ?? {}, file),
    "multi-user.target.wants": folder(Object.fromEntries(wanted)),
  });
  const marks = (plan.behaviours ?? []).map((name) => [name, file("x")] as const);
  return folder({
    "nixos-version": file(plan.version),
    "init-interface-version": file(plan.initInterface ?? "systemd 2"),
    kernel: link(`${linux}/bzImage`),
    initrd: link(`${linux}/initrd`),
    "kernel-modules": link(linux),
    ...(plan.inhibitors && { "switch-inhibitors": file(JSON.stringify(plan.inhibitors)) }),
    ...(plan.marker && { nixwave: folder({ "host.json": file(JSON.stringify(plan.marker)) }) }),
    lab: folder(Object.fromEntries(marks)),
    etc: folder({ systemd: folder({ system: units }) }),
    bin: folder({
      ...mapped(plan.programs ?? {}, script),
      "switch-to-configuration": script(model.replace("@out@", out)),
    }),
  });
}

/** Installs the first system on an empty disk, as an installer does: in store, profile, and boot default. */
export async function installSystem(
  disk: string,
  system: StorePath,
  cache: { readonly url: string; readonly publicKey: string },
): Promise<void> {
  const cacheHome = join(disk, "var/tmp/installer");
  await mkdir(cacheHome, { recursive: true });
  const trust = [
    "--option",
    "substituters",
    cache.url,
    "--option",
    "trusted-public-keys",
    cache.publicKey,
  ];
  const profile = join(disk, "nix/var/nix/profiles/system");
  execFileSync("nix-env", ["--store", disk, "-p", profile, "--set", system, ...trust], {
    env: { PATH: process.env["PATH"], HOME: cacheHome, XDG_CACHE_HOME: cacheHome },
    stdio: ["ignore", "ignore", "pipe"],
  });
  await writeFile(join(disk, "boot/default"), `${system}\n`);
}

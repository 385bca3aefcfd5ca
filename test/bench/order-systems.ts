import { mkdir, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { type DemoCache, demoStorePath } from "../../src/cli/demo/demo-cache.ts";
import { file, folder, script } from "../../src/cli/demo/nar.ts";
import {
  formatPublicKey,
  type HostName,
  MARKER_FILE,
  type NarHash,
  type SecretKey,
  type StorePath,
  systemMarkerCodec,
} from "../../src/contract/index.ts";
import { CI_KEY, FLEET, HOST, HUB_KEY, SYSTEM } from "../support/contract-builders.ts";
import { narHashIn } from "../system/pull-rig.ts";

/** A system of the host, as CI signs it. */
export interface LocalSystem {
  readonly path: StorePath;
  readonly narHash: NarHash;
}

/** A toplevel with one path that it needs; to switch means to move a link. */
export async function addSystem(
  cache: DemoCache,
  version: number,
  host: HostName = HOST,
  hubKey: SecretKey = HUB_KEY,
): Promise<LocalSystem> {
  const part = demoStorePath(`part-${host}-${version}`, "part");
  const path = demoStorePath(`nixos-system-${host}-${version}`, "top");
  await cache.add(part, folder({ "words.txt": file(`version ${version} of ${host}\n`) }), []);
  const marker = systemMarkerCodec.encode({
    ...{ v: 1, fleet: FLEET, host, system: SYSTEM, activator: null },
    releaseKeys: [formatPublicKey(CI_KEY.publicKey)],
    hubKeys: [formatPublicKey(hubKey.publicKey)],
  });
  const tree = folder({
    ...{ "nixos-version": file("26.05"), "init-interface-version": file("systemd 2") },
    system: file(SYSTEM),
    [dirname(MARKER_FILE)]: folder({
      [basename(MARKER_FILE)]: file(Buffer.from(marker).toString()),
    }),
    bin: folder({ "switch-to-configuration": script(switchScript(path)) }),
  });
  await cache.add(path, tree, [path, part]);
  return { path, narHash: await narHashIn(cache, path) };
}

const switchScript = (path: StorePath): string => `#!/bin/sh
set -eu
point() { mkdir -p "$(dirname "$1")"; ln -sfn ${path} "$1.new" && mv -fT "$1.new" "$1"; }
case "$1" in
  test) point "$NIXWAVE_ROOT/run/current-system" ;;
  boot) point "$NIXWAVE_ROOT/boot/default" ;;
  dry-activate) echo "would activate ${path}" ;;
esac
`;

/** Both in the store of the host at `root`; the first one runs, boots and is in the profile. */
export async function install(
  root: string,
  [first, second]: readonly [LocalSystem, LocalSystem],
  trust: readonly string[],
): Promise<void> {
  const cacheHome = join(root, "installer-cache");
  const env = {
    ...{ PATH: process.env["PATH"] ?? "", HOME: cacheHome, XDG_CACHE_HOME: cacheHome },
    ...{ NIXWAVE_ROOT: root, NIX_STATE_DIR: join(cacheHome, "var") },
  };
  const profiles = join(root, "nix/var/nix/profiles");
  for (const made of [cacheHome, profiles, join(root, "run")])
    await mkdir(made, { recursive: true });
  const store = ["--store", root, ...trust];
  await execa("nix-env", [...store, "-p", join(profiles, "system"), "--set", first.path], { env });
  await execa("nix-store", [...store, "--realise", second.path], { env });
  for (const verb of ["test", "boot"]) {
    await execa(join(root, first.path, "bin/switch-to-configuration"), [verb], { env });
  }
  await symlink(first.path, join(root, "run/booted-system"));
}

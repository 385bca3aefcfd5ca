import { writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type DemoCache, demoStorePath } from "../../../src/cli/demo/demo-cache.ts";
import { type DemoHome, FLEET } from "../../../src/cli/demo/demo-home.ts";
import { type DemoHost, HEATING_FILE, type Heating } from "../../../src/cli/demo/demo-system.ts";
import { file, folder, link, script } from "../../../src/cli/demo/nar.ts";
import {
  formatPublicKey,
  type HostName,
  MARKER_FILE,
  parseFleetName,
  type StorePath,
  systemMarkerCodec,
} from "../../../src/contract/index.ts";

/** What each host would run, and the deploy spec that CI publishes. */
export interface HouseRelease {
  readonly title: string;
  readonly paths: ReadonlyMap<HostName, StorePath>;
  readonly specFile: string;
}

/** Small systems of every host of the home, in its cache, and CI's spec of them. */
export async function makeRelease(
  home: DemoHome,
  number: number,
  heating: Heating,
): Promise<HouseRelease> {
  const paths = new Map<HostName, StorePath>();
  for (const host of home.hosts) {
    paths.set(host.host, await addSystem(home.cache, home, host, number, heating));
  }
  const specFile = join(home.directory, `deploy-${number}.json`);
  await writeFile(specFile, JSON.stringify({ agents: Object.fromEntries(paths) }));
  return { title: `${number}: ${heating}`, paths, specFile };
}

async function addSystem(
  cache: DemoCache,
  { releaseKey, hubKey }: DemoHome,
  { host, system }: DemoHost,
  number: number,
  heating: Heating,
): Promise<StorePath> {
  const etc = demoStorePath(`etc-${host}-${number}`, "etc");
  const top = demoStorePath(`nixos-system-${host}-26.05.${number}`, "top");
  const words = folder({ hostname: file(`${host}\n`), [HEATING_FILE]: file(`${heating}\n`) });
  await cache.add(etc, words, []);
  const marker = systemMarkerCodec.encode({
    ...{ v: 1, fleet: parseFleetName(FLEET), host, system, activator: null },
    releaseKeys: [formatPublicKey(releaseKey.publicKey)],
    hubKeys: [formatPublicKey(hubKey.publicKey)],
  });
  const toplevel = folder({
    ...{ "nixos-version": file("26.05"), "init-interface-version": file("systemd 2") },
    ...{ system: file(system), etc: link(etc) },
    [dirname(MARKER_FILE)]: folder({
      [basename(MARKER_FILE)]: file(Buffer.from(marker).toString()),
    }),
    bin: folder({ "switch-to-configuration": script(switchScript(top)) }),
  });
  await cache.add(top, toplevel, [top, etc]);
  return top;
}

/** Moves links; a pipe in the root stops it before it does, until somebody writes into that pipe. */
const switchScript = (top: StorePath): string => `#!/bin/sh
set -eu
root="\${NIXWAVE_ROOT:?}"
point() { mkdir -p "$(dirname "$root/$1")"; ln -sfn ${top} "$root/$1.new" && mv -fT "$root/$1.new" "$root/$1"; }
wait_for() { if [ -p "$root/hold-$1" ]; then cat <"$root/hold-$1" >/dev/null; fi; }
case "\${1:-}" in
  test) wait_for test; point run/current-system ;;
  boot) wait_for boot; point boot/default ;;
  switch) point boot/default; point run/current-system ;;
  check | dry-activate) echo "would activate ${top}" ;;
esac
`;

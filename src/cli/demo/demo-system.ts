import { basename, dirname } from "node:path";
import {
  formatPublicKey,
  type HostName,
  MARKER_FILE,
  parseFleetName,
  type SecretKey,
  type StorePath,
  type SystemMarker,
  type SystemType,
  systemMarkerCodec,
} from "../../contract/index.ts";
import { type DemoCache, demoStorePath } from "./demo-cache.ts";
import { file, folder, link, script, type Tree } from "./nar.ts";

export interface DemoHost {
  readonly host: HostName;
  readonly system: SystemType;
}

/** Whose the demo's systems say they are: a host tries no system that nobody could reach afterwards. */
export interface DemoTrust {
  readonly fleet: string;
  readonly releaseKey: SecretKey;
  readonly hubKey: SecretKey;
}

const NIXOS_VERSION = "26.05";

/** What the demo's systems do beside greeting: rp4 heats the bedroom, which real homes leave to real services. */
export type Heating = "works" | "broken";
export const HEATING_FILE = "heating.conf";

/**
 * Puts version `version` of a host's demo system into the cache: a toplevel as NixOS builds it (the
 * files that tools look for, in their places) and the paths it needs.
 * @returns the toplevel
 */
export async function addDemoSystem(
  cache: DemoCache,
  trust: DemoTrust,
  { host, system }: DemoHost,
  version: number,
  heating: Heating,
): Promise<StorePath> {
  const shell = demoStorePath("demo-base-1.0", "base");
  const greeting = demoStorePath(`demo-greeting-${version}.0`, "greeting");
  const units = demoStorePath(`etc-${host}-${version}`, "etc");
  const top = demoStorePath(`nixos-system-${host}-${NIXOS_VERSION}.${version}`, "top");
  await cache.add(shell, folder({ share: folder({ "about.txt": file(ABOUT) }) }), []);
  const words = file(`Hello from version ${version}.\n${FILLING}`);
  await cache.add(greeting, folder({ "greeting.txt": words, base: link(shell) }), [shell]);
  const etc = folder({
    hostname: file(`${host}\n`),
    "motd.txt": link(`${greeting}/greeting.txt`),
    [HEATING_FILE]: file(`${heating}\n`),
  });
  await cache.add(units, etc, [greeting]);
  const references = [top, shell, greeting, units];
  await cache.add(top, toplevel(top, markerOf(trust, { host, system }), units), references);
  return top;
}

/** Something to download, so that there is progress to see. */
const FILLING = `${"a line of a demo\n".repeat(64)}\n`.repeat(256);

const ABOUT =
  "A demo system: made for `nixwave demo`, pulled, checked and activated by the real Nix.\n";

const markerOf = (trust: DemoTrust, { host, system }: DemoHost): SystemMarker => ({
  ...{ v: 1, fleet: parseFleetName(trust.fleet), host, system, activator: null },
  releaseKeys: [formatPublicKey(trust.releaseKey.publicKey)],
  hubKeys: [formatPublicKey(trust.hubKey.publicKey)],
});

const toplevel = (top: StorePath, marker: SystemMarker, units: StorePath): Tree =>
  folder({
    "nixos-version": file(NIXOS_VERSION),
    "init-interface-version": file("systemd 2"),
    system: file(marker.system),
    [dirname(MARKER_FILE)]: folder({ [basename(MARKER_FILE)]: file(markerText(marker)) }),
    etc: link(units),
    bin: folder({ "switch-to-configuration": script(switchScript(top)) }),
  });

const markerText = (marker: SystemMarker): string =>
  Buffer.from(systemMarkerCodec.encode(marker)).toString("utf8");

/** The verbs of NixOS' own switch-to-configuration; it moves the links and starts or stops nothing. */
const switchScript = (top: StorePath): string => `#!/bin/sh
set -eu
root="\${NIXWAVE_ROOT:?this system was made for nixwave demo}"
point() { ln -sfn "$2" "$root/$1.new" && mv -fT "$root/$1.new" "$root/$1"; }
activate() { mkdir -p "$root/run" && point run/current-system ${top} && echo "activated ${top}"; }
default() { mkdir -p "$root/boot" && point boot/default ${top} && echo "boots ${top} next time"; }
case "\${1:-}" in
  test) activate ;;
  boot) default ;;
  switch) default && activate ;;
  check | dry-activate) echo "would activate ${top}" ;;
  *) echo "usage: $0 check|switch|boot|test|dry-activate" >&2; exit 1 ;;
esac
`;

import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import {
  type HostTrust,
  MARKER_FILE,
  NixwaveError,
  type PublicKey,
  parsePublicKey,
  type SystemMarker,
  systemMarkerCodec,
} from "../../src/contract/index.ts";
import { locateInStore } from "./locate-in-store.ts";
import type { Closure } from "./nix-settings.ts";

/** What this host is and whom it trusts. */
export type OwnTrust = Pick<HostTrust, "fleet" | "host" | "releaseKeys" | "hubKeys">;

const MOST_BYTES = 64 * 1024;
const SYSTEM_FILES = ["nixos-version", "init-interface-version", "system"] as const;

/**
 * Whether `closure`, which is here, may be tried on this host at all: a NixOS system for it, with an
 * agent of its fleet that trusts at least one of its release keys and one of its hub keys. Otherwise
 * nobody could reach the host afterwards (DESIGN 7, goal stage).
 * @throws NixwaveError not-a-nixos-system | wrong-system | system-without-agent | agent-of-other-fleet | agent-without-common-key
 */
export async function inspectSystem(
  root: string,
  closure: Closure,
  trust: OwnTrust,
): Promise<SystemMarker> {
  requireNixosSystem(root, closure);
  const marker = readMarker(root, closure);
  const { storePath } = closure;
  if (marker.fleet !== trust.fleet || marker.host !== trust.host) {
    const message = `${storePath} is for host ${marker.host} of fleet ${marker.fleet}, this is ${trust.host} of ${trust.fleet}`;
    throw new NixwaveError("agent-of-other-fleet", message);
  }
  if (marker.system !== closure.system) throw wrongSystem(closure, marker.system);
  requireCommonKey("release", storePath, marker.releaseKeys, trust.releaseKeys.keys);
  requireCommonKey("hub", storePath, marker.hubKeys, trust.hubKeys.keys);
  requireActivator(root, storePath, marker);
  return marker;
}

function requireNixosSystem(root: string, closure: Closure): void {
  const { storePath } = closure;
  for (const name of SYSTEM_FILES) {
    const bytes = readFromStore(root, `${storePath}/${name}`);
    if (bytes === null) {
      throw new NixwaveError("not-a-nixos-system", `${storePath} has no file ${name}`);
    }
    const text = bytes.toString("utf8").trim();
    if (name === "system" && text !== closure.system) throw wrongSystem(closure, text);
  }
  if (!isProgram(root, `${storePath}/bin/switch-to-configuration`)) {
    const message = `${storePath} has no program bin/switch-to-configuration`;
    throw new NixwaveError("not-a-nixos-system", message);
  }
}

const wrongSystem = ({ storePath, system }: Closure, found: string): NixwaveError =>
  new NixwaveError(
    "wrong-system",
    `${storePath} is for ${found.slice(0, 80)}, CI signed it for ${system}`,
  );

function readMarker(root: string, { storePath }: Closure): SystemMarker {
  const bytes = readFromStore(root, `${storePath}/${MARKER_FILE}`);
  if (bytes === null) throw withoutAgent(`${storePath} has no ${MARKER_FILE}`);
  try {
    return systemMarkerCodec.parse(bytes);
  } catch (error) {
    const why = (error as Error).message;
    throw withoutAgent(`${MARKER_FILE} of ${storePath} cannot be read: ${why}`);
  }
}

const withoutAgent = (message: string): NixwaveError =>
  new NixwaveError("system-without-agent", message);

/** On a real host systemd must have something to start: a marker without program is for development only. */
function requireActivator(root: string, path: string, marker: SystemMarker): void {
  const { activator } = marker;
  if (activator === null) {
    if (root === "/") throw withoutAgent(`${path} names no activator: it was made for development`);
    return;
  }
  if (!isProgram(root, activator)) {
    throw withoutAgent(`${path} names the activator ${activator}, which is not there`);
  }
}

function requireCommonKey(
  kind: "release" | "hub",
  path: string,
  theirs: readonly string[],
  ours: readonly PublicKey[],
): void {
  const known = new Set(ours.map(({ material }) => material));
  const keys = theirs.flatMap(keyOrNone);
  if (keys.some(({ material }) => known.has(material))) return;
  const names = (all: readonly { readonly name: string }[]): string =>
    all.map(({ name }) => name).join(", ") || "none";
  const message = `${path} trusts the ${kind} keys ${names(keys)}, this host ${names(ours)}: none is the same`;
  throw new NixwaveError("agent-without-common-key", message);
}

function keyOrNone(line: string): readonly PublicKey[] {
  try {
    return [parsePublicKey(line)];
  } catch {
    return []; // a form that only a newer agent knows
  }
}

function isProgram(root: string, path: string): boolean {
  const file = locateInStore(root, path);
  if (file === null) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readFromStore(root: string, path: string): Buffer | null {
  const file = locateInStore(root, path);
  if (file === null) return null;
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(handle).isFile()) return null;
    const buffer = Buffer.alloc(MOST_BYTES);
    return buffer.subarray(0, readSync(handle, buffer, 0, MOST_BYTES, 0));
  } finally {
    closeSync(handle);
  }
}

import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { StorePath } from "../../src/contract/index.ts";

interface Systems {
  readonly booted: StorePath | null;
  readonly current: StorePath | null;
  readonly target: StorePath;
}

const LINKS = ["kernel", "initrd", "kernel-modules"] as const;

/**
 * Why `target` needs a reboot (docs/host.md): what only a boot takes in differs from the booted system, or the
 * running system forbids a live switch to it. Read from the systems' own files; none is remembered.
 */
export function rebootReasons(root: string, systems: Systems): readonly string[] {
  const { booted, current, target } = systems;
  if (booted === null || target === current) {
    return booted === null ? [] : againstBooted(root, booted, target);
  }
  const reasons = againstBooted(root, booted, target);
  const live = current === null ? [] : againstCurrent(root, current, target);
  return [...new Set([...reasons, ...live])];
}

/** Newer systems list their triggers; older ones are told by the links that NixOS itself compares. */
function againstBooted(root: string, booted: StorePath, target: StorePath) {
  const before = readMap(root, booted, "reboot-triggers");
  const after = readMap(root, target, "reboot-triggers");
  if (before && after) return differing(before, after);
  const reasons: string[] = [];
  for (const name of LINKS) {
    const [old, fresh] = [linkOf(root, booted, name), linkOf(root, target, name)];
    if (old !== null && fresh !== null && old !== fresh) reasons.push(name);
  }
  return reasons;
}

/** The init interface, and inhibitors that both systems know (nixpkgs, system.switch.inhibitors). */
function againstCurrent(root: string, current: StorePath, target: StorePath) {
  const oldInit = textOf(root, current, "init-interface-version");
  const newInit = textOf(root, target, "init-interface-version");
  const before = readMap(root, current, "switch-inhibitors");
  const after = readMap(root, target, "switch-inhibitors");
  const inhibitors = before && after ? differing(before, after) : [];
  const isOtherInit = oldInit !== null && newInit !== null && oldInit !== newInit;
  return [...(isOtherInit ? ["init"] : []), ...inhibitors.map((name) => `inhibitor ${name}`)];
}

type Triggers = ReadonlyMap<string, string>;

const differing = (before: Triggers, after: Triggers): string[] =>
  [...before]
    .filter(([name, value]) => after.has(name) && after.get(name) !== value)
    .map(([name]) => name);

/** A JSON object of texts; anything else is no list of triggers, and the links are compared instead. */
function readMap(root: string, system: StorePath, file: string): Triggers | null {
  const text = textOf(root, system, file);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    const entries = Object.entries(value).map(
      ([name, one]) => [name.slice(0, 100), JSON.stringify(one)] as const,
    );
    return new Map(entries);
  } catch {
    return null;
  }
}

const textOf = (root: string, system: StorePath, file: string): string | null =>
  orNull(() => readFileSync(join(root, system, file), "utf8"));

const linkOf = (root: string, system: StorePath, file: string): string | null =>
  orNull(() => readlinkSync(join(root, system, file)));

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

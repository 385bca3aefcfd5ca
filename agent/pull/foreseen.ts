import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { StorePath } from "../../src/contract/index.ts";
import { checkSignatures, hasLittleMemory } from "./check-closure.ts";
import { diffClosures, type PackageChanges } from "./closure-diff.ts";
import type { GcRoots, HeldPaths } from "./gc-roots.ts";
import { type NixCommands, OFFLINE } from "./nix-commands.ts";
import type { NixSettings } from "./nix-settings.ts";

/** What Nix says of a closure that is here, under the root that holds it. */
export interface Foreseen {
  /** Whether it is here as a whole. */
  readonly held: Promise<boolean>;
  /** Rejects when a path is signed by nobody whom the host trusts. */
  readonly signed: Promise<void>;
  /** Against what runs. Begun when the first of the others ends: two programs at a time, also where signatures need one. */
  readonly changes: Promise<PackageChanges>;
}

interface Asked {
  readonly path: StorePath;
  readonly running: StorePath | null;
  readonly atMs: number;
  readonly answers: Foreseen;
}

/** Of an older answer nobody knows whether it still holds. */
const HOLDS_MS = 5000;

/** Valid, with all that it needs, and from now on under the root at `link`. */
export const isHeld = async (nix: NixCommands, path: StorePath, link: string): Promise<boolean> => {
  const args = ["--realise", path, "--add-root", link, ...OFFLINE];
  return (await nix.run("nix-store", args)).exitCode === 0;
};

/**
 * What is asked of a closure that is here before it is pulled: Nix's programs, 20 ms of processor each, and our own look run while
 * the order is still being written down. They change nothing but the roots, which are made first, and their answers count
 * once, for the same path.
 */
export function foresight(nix: NixCommands, settings: NixSettings, roots: GcRoots) {
  let asked: Asked | null = null;
  let compared: Asked | null = null;
  const isHere = (path: StorePath): boolean =>
    lstatSync(join(settings.root, path), { throwIfNoEntry: false }) !== undefined;
  return {
    /** @throws what making the roots throws */
    async ask(paths: HeldPaths): Promise<void> {
      asked = null;
      const { target, running } = paths;
      if (!isHere(target) || hasLittleMemory(settings)) return;
      await roots.hold(paths);
      const held = isHeld(nix, target, roots.targetLink);
      const signed = checkSignatures(nix, settings, target);
      const changes = Promise.race([held, signed]).then(() => diffClosures(nix, running, target));
      const answers = { held, signed, changes };
      for (const answer of Object.values(answers)) answer.catch(() => undefined); // thrown where it is used
      asked = { path: target, running, atMs: performance.now(), answers };
    },
    /** @returns null when this was not asked, or too long ago */
    take(path: StorePath): Pick<Foreseen, "held" | "signed"> | null {
      const last = asked;
      asked = null;
      const isThis = last?.path === path && performance.now() - last.atMs < HOLDS_MS;
      compared = isThis ? last : null;
      return isThis ? last.answers : null;
    },
    /** Before the roots go: no answer outlives them, and no program makes one of them again. */
    async forget(): Promise<void> {
      const last = asked;
      asked = null;
      await last?.answers.held.catch(() => undefined);
    },
    /** Of the closure taken last; what could not be found out then is asked anew. */
    changes(from: StorePath | null, to: StorePath): Promise<PackageChanges> {
      const ask = () => diffClosures(nix, from, to);
      const isThis = compared?.path === to && compared.running === from;
      const known = isThis ? compared?.answers.changes : undefined;
      compared = null;
      return known?.catch(ask) ?? ask();
    },
  };
}

import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { StorePath } from "../../src/contract/index.ts";
import { type Answers, askNix, hasLittleMemory } from "./check-closure.ts";
import type { NixCommands } from "./nix-commands.ts";
import type { NixSettings } from "./nix-settings.ts";

interface Foreseen {
  readonly path: StorePath;
  readonly running: StorePath | null;
  readonly atMs: number;
  readonly answers: Answers;
}

/** Of an older answer nobody knows whether it still holds. */
const HOLDS_MS = 5000;

/**
 * What Nix is asked of a closure that is here before it is pulled: two of its programs, 20 ms of processor each, run
 * while the order is still being written down. They change nothing, and their answers count once, for the same path.
 */
export function foresight(nix: NixCommands, settings: NixSettings) {
  let foreseen: Foreseen | null = null;
  return {
    ask(path: StorePath, running: StorePath | null): void {
      foreseen = null;
      const isHere = lstatSync(join(settings.root, path), { throwIfNoEntry: false }) !== undefined;
      if (!isHere || hasLittleMemory(settings)) return;
      const answers = askNix(nix, settings, path, running);
      for (const answer of Object.values(answers)) answer.catch(() => undefined); // thrown where it is used
      foreseen = { path, running, atMs: performance.now(), answers };
    },
    /** @returns null when this was not asked, or too long ago */
    take(path: StorePath, running: StorePath | null): Answers | null {
      const asked = foreseen;
      foreseen = null;
      const isThis = asked?.path === path && asked.running === running;
      return isThis && performance.now() - asked.atMs < HOLDS_MS ? asked.answers : null;
    },
  };
}

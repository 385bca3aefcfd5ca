import type { StorePath } from "../../src/contract/index.ts";
import { NEW_COMMAND, type NixCommands, OFFLINE } from "./nix-commands.ts";

/** In the words of `reported`'s change summary. */
export interface PackageChanges {
  /** Lines such as "home-assistant: 2024.1.5 -> 2024.2.0, +400.0 KiB": the first ones. */
  readonly packages: readonly string[];
  readonly packagesTotal: number;
}

const MOST_LINES = 24;
const MOST_CHARACTERS = 160;
const TOTAL = /^nixos-system-/; // the system itself always differs
// biome-ignore lint/suspicious/noControlCharactersInRegex: Nix colours the lines even into a pipe
const COLOURS = /\u001b\[[0-9;]*m/g;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;

/** @param from null for nothing @throws NixwaveError when one of the two is not in the store, or Nix fails */
export async function diffClosures(
  nix: NixCommands,
  from: StorePath | null,
  to: StorePath,
): Promise<PackageChanges> {
  if (from === null || from === to) return { packages: [], packagesTotal: 0 };
  const args = [...NEW_COMMAND, "store", "diff-closures", from, to, ...OFFLINE];
  const { stdout } = await nix.expect("nix", args, { isBeside: true });
  return packageChangesOf(stdout);
}

/** @param text what `nix store diff-closures` wrote */
export function packageChangesOf(text: string): PackageChanges {
  const lines = text
    .replace(COLOURS, "")
    .split("\n")
    .map((line) =>
      line.replaceAll("→", "->").replaceAll("∅", "none").replace(UNPRINTABLE, "").trim(),
    )
    .filter((line) => line !== "" && !TOTAL.test(line));
  return {
    packages: lines.slice(0, MOST_LINES).map((line) => line.slice(0, MOST_CHARACTERS)),
    packagesTotal: lines.length,
  };
}

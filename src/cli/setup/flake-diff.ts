import type { HostName } from "../../contract/index.ts";
import { type Edit, linesOf, unifiedDiff } from "./unified-diff.ts";

const URL_LINE = 'nixwave.url = "github:OWNER/nixwave"; # where you have Nixwave from';
const MODULES = "nixwave.nixosModules.agent ./nixwave.nix";

const LIST = /^(.*\bmodules\s*=\s*\[)(.*)$/;

type Found = Edit | "there" | null;

/**
 * The change to a home's flake.nix: the input, its name in `outputs`, and two modules for each host's `nixosSystem`.
 * @returns "" where all of it is there; null where the flake is written in a way that is not known here
 */
export function flakeDiff(text: string, hosts: readonly HostName[]): string | null {
  const lines = linesOf(text);
  const modules = moduleEdits(lines, hosts);
  const found = [inputEdit(lines), argumentEdit(lines), ...modules];
  if (modules.length === 0 || found.includes(null)) return null;
  const edits = found.filter((one) => one !== "there" && one !== null);
  const inOrder = edits.toSorted((one, other) => one.at - other.at);
  const places = new Set(edits.map(({ at }) => at));
  return places.size < edits.length ? null : unifiedDiff("flake.nix", text, inOrder);
}

const indentOf = (line: string | undefined): string => /^\s*/.exec(line ?? "")?.[0] ?? "";

function inputEdit(lines: readonly string[]): Found {
  if (lines.some((line) => /^\s*(?:inputs\.)?nixwave(?:\.url)?\s*=/.test(line))) return "there";
  const set = lines.findIndex((line) => /^\s*inputs\s*=\s*\{\s*$/.test(line));
  if (set >= 0) {
    const indent = indentOf(lines[set + 1]) || `${indentOf(lines[set])}  `;
    return { at: set + 1, removed: 0, added: [`${indent}${URL_LINE}`] };
  }
  const single = lines.findIndex((line) => /^\s*inputs\./.test(line));
  if (single < 0) return null;
  return { at: single, removed: 0, added: [`${indentOf(lines[single])}inputs.${URL_LINE}`] };
}

/**
 * `outputs = { self, nixpkgs, ... }@inputs:`: the name comes first, for with and without `...` that is right. A
 * formatter may put the set below `outputs =`; what stands below anything else is no set of names.
 */
function argumentEdit(lines: readonly string[]): Found {
  const outputs = lines.findIndex((line) => /^\s*outputs\s*=/.test(line));
  if (outputs < 0) return null;
  const at = /=\s*$/.test(lines[outputs] ?? "") ? outputs + 1 : outputs;
  const pattern = /^(\s*(?:outputs\s*=\s*)?(?:\w+\s*@\s*)?\{)(\s*)(.*)$/.exec(lines[at] ?? "");
  if (!pattern) return null;
  const names = lines.slice(at).join("\n").split("}")[0] ?? "";
  if (/\bnixwave\b/.test(names)) return "there";
  const [, head = "", , rest = ""] = pattern;
  return { at, removed: 1, added: [`${head} nixwave,${rest === "" ? "" : ` ${rest}`}`] };
}

/** In each call of `nixosSystem` the first `modules = [`; where calls are named after hosts, only in those. */
function moduleEdits(lines: readonly string[], hosts: readonly HostName[]): readonly Found[] {
  const calls = lines.flatMap((line, at) =>
    /\bnixosSystem\b/.test(line) && !/^\s*#/.test(line) ? [{ at, name: nameIn(line) }] : [],
  );
  const isOurs = (name: string): boolean => hosts.some((host) => host === name);
  const ours = calls.filter(({ name }) => isOurs(name));
  return (ours.length > 0 ? ours : calls).map(({ at }) => {
    const next = calls.find((call) => call.at > at)?.at ?? lines.length;
    const isHere = (index: number): boolean => index >= at && index < next;
    const place = lines.findIndex((line, index) => isHere(index) && LIST.test(line));
    if (place >= 0) return moduleEdit(lines, place);
    const bracket = lines.findIndex(
      (line, index) =>
        isHere(index) && /\bmodules\s*=$/.test(lines[index - 1] ?? "") && /^\s*\[$/.test(line),
    );
    return bracket < 0 ? null : moduleEdit(lines, bracket);
  });
}

const nameIn = (line: string): string => /^\s*"?([\w-]+)"?\s*=/.exec(line)?.[1] ?? "";

function moduleEdit(lines: readonly string[], at: number): Found {
  const line = lines[at] ?? "";
  const list = lines.slice(at).join("\n").split("]")[0] ?? "";
  if (list.includes("./nixwave.nix")) return "there";
  const [, head = "", rest = ""] = LIST.exec(line) ?? [];
  if (rest.trim() !== "") return { at, removed: 1, added: [`${head} ${MODULES}${rest}`] };
  const indent = indentOf(lines[at + 1]) || `${indentOf(line)}  `;
  return { at: at + 1, removed: 0, added: MODULES.split(" ").map((one) => indent + one) };
}

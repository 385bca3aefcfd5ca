import { refuse, shape } from "./check.ts";
import { makeTree } from "./host-tree.ts";
import { fromOlder } from "./older-state.ts";
import type { HostEntry, RolloutState } from "./rollout-state.ts";
import { hostEntry, stateFields } from "./state-shape.ts";

/**
 * The state as it was stored, by this version or the one before, checked field by field; what is counted of the hosts
 * is counted anew.
 * @param stored what JSON.parse made of it
 * @throws NixwaveError rollout-state-invalid, `where` being a JSON pointer
 */
export function parseState(stored: unknown): RolloutState {
  const json = fromOlder(stored);
  const entries: HostEntry[] = [];
  const hosts = (tree: unknown, where: string): void => {
    gather((tree as { readonly root?: unknown } | null)?.root, `${where}/root`, entries);
  };
  shape({ ...stateFields, hosts })(json, "");
  if (entries.length === 0) refuse("/hosts", "names no host");
  const state = json as RolloutState;
  const named = new Set(entries.map(({ host }) => host));
  if (named.size < entries.length) refuse("/hosts", "names a host twice");
  const { plan, rollout } = state;
  const groups = Math.min(plan.groups.length, (rollout?.plan ?? plan).groups.length);
  if (entries.some(({ planned }) => planned.group >= groups))
    refuse("/hosts", "knows other groups");
  if (state.groupWindows.some(({ group }) => group >= groups))
    refuse("/groupWindows", "knows other groups");
  return { ...state, hosts: makeTree(entries) };
}

const MAX_DEPTH = 12;

function gather(node: unknown, where: string, entries: HostEntry[]): void {
  const { kids, entries: own } = (node ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(kids) || !Array.isArray(own) || where.split("/").length > 2 * MAX_DEPTH) {
    refuse(where, "is no node of the tree of hosts");
  }
  for (const [at, kid] of kids.entries()) gather(kid, `${where}/kids/${at}`, entries);
  for (const [at, entry] of own.entries()) {
    hostEntry(entry, `${where}/entries/${at}`);
    entries.push(entry as HostEntry);
  }
}

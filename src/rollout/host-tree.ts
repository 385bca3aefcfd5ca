import type { EpochMs, HostName } from "../contract/index.ts";
import type { HostEntry } from "./host-entry.ts";
import { type Counted, sum, type Tally, tallyOf } from "./tally.ts";

/**
 * The fleet as a persistent tree of width 8: replacing one host copies the path to it alone, and each node
 * carries the tally of its hosts, so that no question about the fleet walks over all of them.
 */
export interface HostTree {
  readonly size: number;
  readonly root: TreeNode;
  readonly index: Readonly<Record<HostName, number>>;
}

export interface TreeNode {
  readonly tally: Tally;
  /** How many hosts each kid can hold; 1 in a leaf. */
  readonly stride: number;
  readonly kids: readonly TreeNode[];
  /** Empty unless it is a leaf. */
  readonly entries: readonly HostEntry[];
}

const WIDTH = 8;

/** @param entries at least one */
export function makeTree(entries: readonly HostEntry[]): HostTree {
  const index = Object.fromEntries(entries.map(({ host }, at) => [host, at]));
  let level = chunks(entries).map(leaf);
  for (let stride = WIDTH; level.length > 1; stride *= WIDTH) {
    level = chunks(level).map((kids) => branch(stride, kids));
  }
  return { size: entries.length, root: level[0] as TreeNode, index };
}

const chunks = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / WIDTH) }, (_, at) =>
    items.slice(at * WIDTH, (at + 1) * WIDTH),
  );
const leaf = (entries: readonly HostEntry[]): TreeNode => ({
  tally: sum(entries.map(tallyOf)),
  stride: 1,
  kids: [],
  entries,
});
const branch = (stride: number, kids: readonly TreeNode[]): TreeNode => ({
  tally: sum(kids.map(({ tally }) => tally)),
  stride,
  kids,
  entries: [],
});

/** Position of a host; -1 for a stranger. */
export const positionOf = ({ index }: HostTree, host: HostName): number =>
  Object.hasOwn(index, host) ? (index[host] as number) : -1;

/** @param at a position in the tree */
export function entryAt({ root }: HostTree, at: number): HostEntry {
  let node = root;
  let rest = at;
  while (node.stride > 1) {
    const kid = node.kids[Math.floor(rest / node.stride)] as TreeNode;
    rest %= node.stride;
    node = kid;
  }
  return node.entries[rest] as HostEntry;
}

/** The tree with another entry at that position. */
export const withEntry = (tree: HostTree, at: number, entry: HostEntry): HostTree => ({
  ...tree,
  root: replaced(tree.root, at, entry),
});

function replaced(node: TreeNode, at: number, entry: HostEntry): TreeNode {
  if (node.stride === 1) return leaf(node.entries.with(at, entry));
  const which = Math.floor(at / node.stride);
  const kid = replaced(node.kids[which] as TreeNode, at % node.stride, entry);
  return branch(node.stride, node.kids.with(which, kid));
}

/** Positions from `from` up to, not including, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** How many of a range are counted under `what`. */
export function count(tree: HostTree, what: Counted, range: Range): number {
  return countIn(tree.root, 0, what, range);
}

function countIn(node: TreeNode, base: number, what: Counted, range: Range): number {
  const end = base + node.stride * WIDTH;
  if (node.tally[what] === 0 || base >= range.to || end <= range.from) return 0;
  if (base >= range.from && end <= range.to) return node.tally[what];
  if (node.stride === 1) {
    const own = node.entries.slice(Math.max(0, range.from - base), range.to - base);
    return own.reduce((total, entry) => total + tallyOf(entry)[what], 0);
  }
  return node.kids.reduce(
    (total, kid, at) => total + countIn(kid, base + at * node.stride, what, range),
    0,
  );
}

/** Position of the first of a range that is counted under `what`; -1 for none. */
export const findFirst = (tree: HostTree, what: Counted, range: Range): number =>
  findIn(tree.root, 0, range, (tally) => tally[what] > 0);

/** Position of the last of a range that is counted under `what`; -1 for none. */
export const findLast = (tree: HostTree, what: Counted, range: Range): number =>
  findLastIn(tree.root, 0, range, what);

function findLastIn(node: TreeNode, base: number, range: Range, what: Counted): number {
  const end = base + node.stride * WIDTH;
  if (node.tally[what] === 0 || base >= range.to || end <= range.from) return -1;
  if (node.stride === 1) {
    const own = node.entries.slice(0, range.to - base);
    const at = own.findLastIndex((entry) => tallyOf(entry)[what] > 0);
    return base + at >= range.from && at >= 0 ? base + at : -1;
  }
  for (let at = node.kids.length - 1; at >= 0; at--) {
    const kid = node.kids[at] as TreeNode;
    const found = findLastIn(kid, base + at * node.stride, range, what);
    if (found >= 0) return found;
  }
  return -1;
}

/** Position of the first whose deadline has come; -1 for none. */
export const findDue = (tree: HostTree, at: EpochMs): number =>
  findIn(tree.root, 0, { from: 0, to: tree.size }, (tally) => tally.dueAt <= at);

function findIn(
  node: TreeNode,
  base: number,
  range: Range,
  holds: (tally: Tally) => boolean,
): number {
  if (!holds(node.tally) || base >= range.to || base + node.stride * WIDTH <= range.from) return -1;
  if (node.stride === 1) {
    const at = node.entries.findIndex((entry, place) => {
      const position = base + place;
      return position >= range.from && position < range.to && holds(tallyOf(entry));
    });
    return at < 0 ? -1 : base + at;
  }
  for (const [at, kid] of node.kids.entries()) {
    const found = findIn(kid, base + at * node.stride, range, holds);
    if (found >= 0) return found;
  }
  return -1;
}

/** All hosts in order; walks over all of them. */
export const entriesOf = ({ root }: HostTree): readonly HostEntry[] => gather(root);
const gather = (node: TreeNode): readonly HostEntry[] =>
  node.stride === 1 ? node.entries : node.kids.flatMap(gather);

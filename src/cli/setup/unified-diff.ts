/** A change of some lines of a file. */
export interface Edit {
  /** Index of the first line that goes, or before which lines come. */
  readonly at: number;
  readonly removed: number;
  readonly added: readonly string[];
}

const CONTEXT_LINES = 3;
const NO_NEWLINE = "\\ No newline at end of file";

/** A text's lines, of which the last may end without a newline. */
export const linesOf = (text: string): readonly string[] => text.replace(/\n$/, "").split("\n");

/**
 * A unified diff that `git apply` and `patch -p1` take.
 * @param file relative to the repository
 * @param edits in order, none of which touches another; "" for none
 */
export function unifiedDiff(file: string, text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return "";
  const old = linesOf(text);
  const whole = edits.map((edit) => keepingTheEnd(old, text, edit));
  let shift = 0;
  const hunks = grouped(whole).map((group) => {
    const [first, last] = [group[0] as Edit, group.at(-1) as Edit];
    const from = Math.max(0, first.at - CONTEXT_LINES);
    const to = Math.min(old.length, last.at + last.removed + CONTEXT_LINES);
    const body = bodyOf({ old, from, to, group, hasEnd: text.endsWith("\n") });
    const grown = group.reduce((sum, { removed, added }) => sum + added.length - removed, 0);
    const head = `@@ -${from + 1},${to - from} +${from + 1 + shift},${to - from + grown} @@`;
    shift += grown;
    return [head, ...body];
  });
  return [`--- a/${file}`, `+++ b/${file}`, ...hunks.flat(), ""].join("\n");
}

/** The same for a file that is not there yet. */
export function newFileDiff(file: string, text: string): string {
  const lines = linesOf(text);
  const head = ["--- /dev/null", `+++ b/${file}`, `@@ -0,0 +1,${lines.length} @@`];
  return [...head, ...lines.map((line) => `+${line}`), ""].join("\n");
}

/** Behind a last line without a newline nothing can come unless that line itself is written anew. */
function keepingTheEnd(old: readonly string[], text: string, edit: Edit): Edit {
  if (text.endsWith("\n") || edit.at < old.length) return edit;
  const last = old.length - 1;
  return { at: last, removed: 1, added: [old[last] ?? "", ...edit.added] };
}

/** Those whose lines of context meet stand in one hunk. */
function grouped(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const groups: Edit[][] = [];
  for (const edit of edits) {
    const last = groups.at(-1)?.at(-1);
    const isNear = last && edit.at - (last.at + last.removed) <= 2 * CONTEXT_LINES;
    if (isNear) groups.at(-1)?.push(edit);
    else groups.push([edit]);
  }
  return groups;
}

interface Hunk {
  readonly old: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly group: readonly Edit[];
  readonly hasEnd: boolean;
}

function bodyOf({ old, from, to, group, hasEnd }: Hunk): readonly string[] {
  const shown = (sign: " " | "-", index: number): readonly string[] => {
    const line = `${sign}${old[index] ?? ""}`;
    return index === old.length - 1 && !hasEnd ? [line, NO_NEWLINE] : [line];
  };
  const body: string[] = [];
  let at = from;
  for (const edit of group) {
    for (; at < edit.at; at++) body.push(...shown(" ", at));
    for (; at < edit.at + edit.removed; at++) body.push(...shown("-", at));
    body.push(...edit.added.map((line) => `+${line}`));
  }
  for (; at < to; at++) body.push(...shown(" ", at));
  return body;
}

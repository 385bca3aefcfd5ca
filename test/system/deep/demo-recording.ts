import type { Shown } from "./demo-terminal.ts";

/** Of one character cell, in px; wide enough for the usual fonts at FONT_PX. */
const [CELL, ROW, FONT_PX] = [8.4, 18, 14];
const [MARGIN, BAR] = [16, 34];
const SPEED = 2;
const LONGEST_STILL_MS = 1500;
const LAST_STILL_MS = 6000;

const STYLE = `
  text { font: ${FONT_PX}px "DejaVu Sans Mono", "Cascadia Mono", Menlo, Consolas, monospace; fill: #d8dee9; white-space: pre }
  .b { font-weight: 700; fill: #ffffff } .d { fill: #7b8698 } .c31 { fill: #ff7b85 } .c32 { fill: #8fd694 } .c33 { fill: #f2cc60 }
  .b.c31, .b.c32, .b.c33 { font-weight: 700 } .b.c31 { fill: #ff7b85 }
`;

/** When which row shows what; a still screen is shortened, everything else runs at twice its speed. */
interface Timeline {
  readonly totalMs: number;
  /** Row by row: what it shows from a moment on. */
  readonly rows: readonly (readonly { readonly fromMs: number; readonly line: string }[])[];
}

/** An animated SVG of what a terminal showed: text stays text, each line is stored once. */
export function recordingOf(shown: readonly Shown[], columns: number, rowCount: number): string {
  const { totalMs, rows } = timelineOf(shown, rowCount);
  const [width, height] = [
    Math.ceil(columns * CELL + 2 * MARGIN),
    rowCount * ROW + BAR + 2 * MARGIN - 8,
  ];
  const ids = new Map<string, string>();
  const idOf = (line: string): string => {
    const id = ids.get(line) ?? `l${ids.size.toString(36)}`;
    ids.set(line, id);
    return id;
  };
  const uses = rows.flatMap((changes, row) => usesOf(changes, row, totalMs, idOf));
  const symbols = [...ids].map(([line, id]) => `<g id="${id}">${cellsOf(line)}</g>`);
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map(
    (fill, index) => `<circle cx="${20 + index * 18}" cy="17" r="5.5" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    "<title>A recording of nixwave demo</title>",
    `<style>${STYLE}</style><defs>`,
    ...symbols,
    `</defs><rect width="${width}" height="${height}" rx="9" fill="#1b2130"/>`,
    ...lights,
    ...uses,
    "</svg>\n",
  ].join("\n");
}

function timelineOf(shown: readonly Shown[], rowCount: number): Timeline {
  const rows: { fromMs: number; line: string }[][] = Array.from({ length: rowCount }, () => []);
  let [now, lastChangeMs, before] = [0, shown[0]?.atMs ?? 0, ""];
  for (const { atMs, lines } of shown) {
    const text = lines.join("\n");
    if (text === before) continue;
    now += Math.min(LONGEST_STILL_MS, (atMs - lastChangeMs) / SPEED);
    [lastChangeMs, before] = [atMs, text];
    for (const [row, changes] of rows.entries()) {
      const line = (lines[row] ?? "").trimEnd();
      if (changes.at(-1)?.line !== line) changes.push({ fromMs: now, line });
    }
  }
  return { totalMs: now + LAST_STILL_MS, rows };
}

/** One element for each text of a row, seen whenever the row shows it; without animation the last screen stays. */
function usesOf(
  changes: Timeline["rows"][number],
  row: number,
  totalMs: number,
  idOf: (line: string) => string,
): readonly string[] {
  const share = (ms: number): string => String(Number((ms / totalMs).toFixed(4)));
  const times = new Map<string, { values: string[]; keyTimes: string[] }>();
  for (const [index, { fromMs, line }] of changes.entries()) {
    if (line === "") continue;
    const own = times.get(line) ?? { values: ["hidden"], keyTimes: ["0"] };
    times.set(line, own);
    const next = changes[index + 1]?.fromMs;
    own.values.push("visible", ...(next === undefined ? [] : ["hidden"]));
    own.keyTimes.push(share(fromMs), ...(next === undefined ? [] : [share(next)]));
  }
  const last = changes.at(-1)?.line;
  return [...times].map(([line, { values, keyTimes }]) => {
    const y = BAR + MARGIN + row * ROW;
    const rest = line === last ? "visible" : "hidden";
    const what = `attributeName="visibility" calcMode="discrete" repeatCount="indefinite"`;
    const when = `dur="${Math.round(totalMs)}ms" values="${values.join(";")}" keyTimes="${keyTimes.join(";")}"`;
    return `<use href="#${idOf(line)}" x="${MARGIN}" y="${y}" visibility="${rest}"><animate ${what} ${when}/></use>`;
  });
}

/** Splits into text, codes, text, codes, ... */
const SGR = new RegExp(`${"\u001b"}\\[([0-9;]*)m`);

/** A line of a terminal as text in cells; colours as classes. */
function cellsOf(line: string): string {
  let [column, classes] = [0, [] as readonly string[]];
  const parts: string[] = [];
  for (const [index, part] of line.split(SGR).entries()) {
    if (index % 2 === 1) {
      classes = part.split(";").reduce(styled, classes);
      continue;
    }
    for (const { index: at, 0: word } of part.matchAll(/\S+(?: \S+)*/g)) {
      const x = Number(((column + at) * CELL).toFixed(1));
      const length = Number((word.length * CELL).toFixed(1));
      const kind = classes.length > 0 ? ` class="${classes.join(" ")}"` : "";
      parts.push(`<text x="${x}" textLength="${length}"${kind}>${escaped(word)}</text>`);
    }
    column += part.length;
  }
  return parts.join("");
}

function styled(classes: readonly string[], code: string): readonly string[] {
  const others = (drop: RegExp): readonly string[] => classes.filter((one) => !drop.test(one));
  if (code === "" || code === "0") return [];
  if (code === "1") return [...others(/^b$/), "b"];
  if (code === "2") return [...others(/^d$/), "d"];
  if (code === "22") return others(/^[bd]$/);
  if (/^3[0-7]$/.test(code)) return [...others(/^c/), `c${code}`];
  return code === "39" ? others(/^c/) : classes;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

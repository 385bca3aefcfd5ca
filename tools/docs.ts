import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ERRORS, WIRE } from "../src/contract/index.ts";

/** `npm run docs`: writes the tables of ARCHITECTURE.md from the code; test/architecture/docs.test.ts compares. */
const FILE = join(import.meta.dirname, "..", "ARCHITECTURE.md");

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

const code = (text: string): string => `\`${text}\``;

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    row(...heads),
    `|${heads.map(() => "---|").join("")}`,
    ...rows.map((cells) => row(...cells)),
  ].join("\n");

const errors = (): string =>
  table(
    ["code", "meaning", "way out"],
    Object.entries(ERRORS).map(([name, { meaning, remedy }]) => [code(name), meaning, remedy]),
  );

const bytes = (count: number): string =>
  count % 1024 === 0 ? `${count / 1024} KiB` : `${count} B`;

const wire = (): string =>
  table(
    ["topic", "written by", "read by", "QoS", "retained", "limit"],
    Object.values(WIRE).map(({ topic, write, read, qos, retain, maxBytes }) => [
      code(topic),
      write.join(", "),
      read.join(", "),
      String(qos),
      retain ? "yes" : "no",
      bytes(maxBytes),
    ]),
  );

const replaceSection = (text: string, name: string, content: string): string => {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`ARCHITECTURE.md needs ${start} and, below it, ${end}`);
  }
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
};

const before = readFileSync(FILE, "utf8");
const after = replaceSection(replaceSection(before, "wire", wire()), "errors", errors());
writeFileSync(FILE, after);
process.stdout.write(
  after === before ? "ARCHITECTURE.md is current\n" : "ARCHITECTURE.md is rewritten\n",
);

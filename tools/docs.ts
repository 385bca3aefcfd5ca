import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKS } from "../src/cli/doctor/checks.ts";
import { EXIT, EXIT_MEANINGS } from "../src/cli/exit-status.ts";
import { commandSummaries } from "../src/cli/program.ts";
import { VERDICTS } from "../src/cli/wait/verdict.ts";
import { ERRORS, WIRE } from "../src/contract/index.ts";
import { METRICS } from "../src/monitor/index.ts";

/** `npm run docs`: writes the pages' tables from the code; test/architecture/docs.test.ts compares. */
const ROOT = join(import.meta.dirname, "..");

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

const exits = (): string =>
  table(
    ["exit status", "when"],
    Object.entries(EXIT).map(([name, status]) => [
      String(status),
      EXIT_MEANINGS[name as keyof typeof EXIT],
    ]),
  );

const doctor = (): string =>
  table(
    ["check", "sign", "what is wrong", "way out"],
    CHECKS.map(({ id, weight, meaning, wayOut }) => [
      code(id),
      weight === "wrong" ? "✗" : "!",
      meaning,
      wayOut,
    ]),
  );

const metrics = (): string =>
  table(
    ["metric", "kind", "labels", "meaning"],
    Object.entries(METRICS).map(([name, { kind, labels, help }]) => [
      code(name),
      kind,
      labels.join(", "),
      help,
    ]),
  );

const commands = (): string =>
  table(
    ["command", "what it does"],
    commandSummaries().map(([name, summary]) => [code(`nixwave ${name}`), summary]),
  );

const verdicts = (): string =>
  table(
    ["verdict", "exit status", "when"],
    Object.values(VERDICTS).map(({ words, status, meaning }) => [words, String(status), meaning]),
  );

const replaceSection = (text: string, page: string, name: string, content: string): string => {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} needs ${start} and, below it, ${end}`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
};

const rewrite = (page: string, sections: Readonly<Record<string, () => string>>): void => {
  const before = readFileSync(join(ROOT, page), "utf8");
  let after = before;
  for (const [name, make] of Object.entries(sections)) {
    after = replaceSection(after, page, name, make());
  }
  writeFileSync(join(ROOT, page), after);
  process.stdout.write(`${page} is ${after === before ? "current" : "rewritten"}\n`);
};

rewrite("ARCHITECTURE.md", { wire, errors });
rewrite("README.md", { exit: exits });
rewrite("docs/cli.md", { commands, verdicts, exit: exits });
rewrite("docs/doctor.md", { doctor });
rewrite("docs/monitoring.md", { metrics });

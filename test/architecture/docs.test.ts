import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CHECKS } from "../../src/cli/doctor/checks.ts";
import { EXIT, EXIT_MEANINGS } from "../../src/cli/exit-status.ts";
import { commandSummaries } from "../../src/cli/program.ts";
import { VERDICTS } from "../../src/cli/wait/verdict.ts";
import { ERRORS, WIRE } from "../../src/contract/index.ts";
import { METRICS } from "../../src/monitor/index.ts";

const HINT = "run `npm run docs`";

const unquote = (cell: string): string =>
  cell
    .trim()
    .replaceAll("\\|", "|")
    .replace(/^`([^`]*)`$/, "$1");

/** The rows between `<!-- name -->` and `<!-- /name -->`, without the heading. */
const rowsOf = (name: string, page = "ARCHITECTURE.md"): string[][] => {
  const section =
    readFileSync(page, "utf8").split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map(unquote),
    );
};

const bytesOf = (limit: string): number => {
  const [count, unit] = limit.split(" ");
  return Number(count) * (unit === "KiB" ? 1024 : 1);
};

describe("ARCHITECTURE.md", () => {
  it("lists every error code with its meaning and way out, and no other", () => {
    const written = rowsOf("errors").map(([code, meaning, remedy]) => ({ code, meaning, remedy }));
    const real = Object.entries(ERRORS).map(([code, entry]) => ({ code, ...entry }));
    expect(real.length).toBeGreaterThan(0);
    expect(written, HINT).toEqual(real);
  });

  it("lists every topic with its clients, delivery and limit, and no other", () => {
    const written = rowsOf("wire").map(
      ([topic, write = "", read = "", qos, retained, limit = ""]) => ({
        topic,
        write: write.split(", "),
        read: read.split(", "),
        qos: Number(qos),
        retain: retained === "yes",
        maxBytes: bytesOf(limit),
      }),
    );
    const real = Object.values(WIRE).map(({ topic, write, read, qos, retain, maxBytes }) => ({
      topic,
      write,
      read,
      qos,
      retain,
      maxBytes,
    }));
    expect(real.length).toBeGreaterThan(0);
    expect(written, HINT).toEqual(real);
  });
});

describe("docs/doctor.md", () => {
  it("lists every check with its sign, meaning and way out, and no other", () => {
    const real = CHECKS.map(({ id, weight, meaning, wayOut }) => [
      id,
      weight === "wrong" ? "✗" : "!",
      meaning,
      wayOut,
    ]);
    expect(rowsOf("doctor", "docs/doctor.md"), HINT).toEqual(real);
  });
});

describe("docs/monitoring.md", () => {
  it("lists every metric with its kind, labels and meaning, and no other", () => {
    const real = Object.entries(METRICS).map(([name, { kind, labels, help }]) => [
      name,
      kind,
      labels.join(", "),
      help,
    ]);
    expect(rowsOf("metrics", "docs/monitoring.md"), HINT).toEqual(real);
  });
});

describe("docs/cli.md", () => {
  it("lists every command, and no other", () => {
    const real = commandSummaries().map(([name, summary]) => [`nixwave ${name}`, summary]);
    expect(real.length).toBeGreaterThan(0);
    expect(rowsOf("commands", "docs/cli.md"), HINT).toEqual(real);
  });

  it("lists every verdict of --wait with its exit status, and no other", () => {
    const real = Object.values(VERDICTS).map(({ words, status, meaning }) => [
      words,
      String(status),
      meaning,
    ]);
    expect(rowsOf("verdicts", "docs/cli.md"), HINT).toEqual(real);
  });

  it("lists the same exit statuses as the README", () => {
    expect(rowsOf("exit", "docs/cli.md"), HINT).toEqual(rowsOf("exit", "README.md"));
  });
});

describe("README.md", () => {
  it("lists every exit status, and no other", () => {
    const real = Object.entries(EXIT).map(([name, status]) => [
      String(status),
      EXIT_MEANINGS[name as keyof typeof EXIT],
    ]);
    expect(rowsOf("exit", "README.md"), HINT).toEqual(real);
  });

  it("gives the test command that .ci/run runs, to the letter", () => {
    const [, command] =
      /^## Test it\n+```sh\n(.+)\n```$/m.exec(readFileSync("README.md", "utf8")) ?? [];
    expect(command).toBe("npm ci && npm test");
    expect(readFileSync(".ci/run", "utf8")).toContain(
      `\ntests test env CI=true sh -c '${command}'\n`,
    );
  });
});

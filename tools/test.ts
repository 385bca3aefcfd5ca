import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { styleText } from "node:util";
import { installParts, readHost, whyNotInstall } from "./apt.ts";
import {
  findMissing,
  MISSING_PARTS_VARIABLE,
  PART_NAMES,
  type PartName,
  SYSTEM_PARTS,
  searchPath,
  wayToGet,
} from "./system-parts.ts";
import {
  HELP,
  type Options,
  PROJECTS,
  type Project,
  parseOptions,
  UsageError,
} from "./test-options.ts";
import { type ProjectResult, summarise, totals } from "./test-summary.ts";
import { type Counts, countReport, type Report } from "./vitest-report.ts";

const ROOT = resolve(import.meta.dirname, "..");
const VITEST = join(ROOT, "node_modules", "vitest", "vitest.mjs");

/** Brings what is missing if that is possible here; what is still missing comes back with the reason. */
const prepareParts = (options: Options): { missing: PartName[]; why: string } => {
  const wanted = PART_NAMES.filter(
    (part) => SYSTEM_PARTS[part].since === "test" || options.projects.includes("deep"),
  );
  const path = searchPath(process.env["PATH"]);
  const missing = findMissing(wanted, path);
  if (missing.length === 0) {
    return { missing, why: "" };
  }
  const why = whyNotInstall({ missing, noInstall: options.noInstall, ...readHost() });
  if (why === undefined) {
    installParts(missing);
    return { missing: findMissing(wanted, path), why: "apt-get did not bring it" };
  }
  process.stdout.write(
    `Missing: ${missing.join(", ")}; not installed: ${why}. Get it: ${wayToGet(missing)}\n`,
  );
  return { missing, why };
};

const readReport = (file: string): Report | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : undefined;

const runVitest = (args: readonly string[], missing: readonly PartName[]): Counts => {
  const folder = mkdtempSync(join(tmpdir(), "nixwave-test-"));
  const report = join(folder, "report.json");
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        VITEST,
        "run",
        ...args,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${report}`,
      ],
      {
        cwd: ROOT,
        stdio: ["ignore", "inherit", "inherit"],
        env: {
          ...process.env,
          PATH: searchPath(process.env["PATH"]),
          [MISSING_PARTS_VARIABLE]: missing.join(","),
        },
      },
    );
    const counts = countReport(readReport(report), status === 0);
    const named = <T extends { readonly file: string }>(entries: readonly T[]): T[] =>
      entries.map((entry) => ({ ...entry, file: relative(ROOT, entry.file) }));
    return { ...counts, skipped: named(counts.skipped), failures: named(counts.failures) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const addCounts = (one: Counts, other: Counts): Counts => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: [...one.skipped, ...other.skipped],
  failures: [...one.failures, ...other.failures],
});

const COMMANDS = {
  unit: "npm test",
  system: "npm test",
  deep: "npm run test:deep",
} as const satisfies Record<Project, string>;

const NOTHING: Counts = { passed: 0, failed: 0, skipped: [], failures: [] };

/** The deep files one by one, as many as start in time; the others are named. */
const runDeep = (options: Options, missing: readonly PartName[], leftOut: string[]): Counts => {
  const end = performance.now() + options.seconds * 1000;
  const files = globSync("test/system/deep/**/*.test.ts", { cwd: ROOT }).sort();
  if (files.length === 0) {
    leftOut.push("deep: there are no deep tests yet");
  }
  let counts = NOTHING;
  for (const file of files) {
    if (performance.now() < end) {
      counts = addCounts(counts, runVitest(["--project", "deep", file], missing));
    } else {
      leftOut.push(`${file}: the time was up (--seconds ${options.seconds})`);
    }
  }
  return counts;
};

const runTests = (options: Options): number => {
  const { missing, why } = prepareParts(options);
  const leftOut = PROJECTS.filter((project) => !options.projects.includes(project)).map(
    (project) => `${project}: not asked for (${COMMANDS[project]})`,
  );
  const runProject = (project: Project): ProjectResult => {
    const start = performance.now();
    const counts =
      project === "deep"
        ? runDeep(options, missing, leftOut)
        : runVitest(["--project", project], missing);
    return { project, ...counts, seconds: (performance.now() - start) / 1000 };
  };
  const results = options.projects.map(runProject);
  const outcome = { results, missing, whyMissing: why, ci: options.ci, leftOut };
  process.stdout.write(summarise(outcome, (colour, text) => styleText(colour, text)));
  return totals(outcome).failed > 0 ? 1 : 0;
};

const main = (): number => {
  try {
    const options = parseOptions(process.argv.slice(2), process.env);
    if (options.help) {
      process.stdout.write(HELP);
      return 0;
    }
    return runTests(options);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nSee npm test -- --help\n`);
      return 2;
    }
    throw error;
  }
};

process.exitCode = main();

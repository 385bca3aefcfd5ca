// `npm run bench`: each row is a ratio within one run, with median and range. `npm run bench -- verify parse`
// runs only those rows. A missed goal is said and makes the exit status 1; nothing here runs in the tests.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { agentRows } from "./agent-rows.ts";
import { commandRows } from "./command-rows.ts";
import { conductorRows } from "./conductor-rows.ts";
import { cryptoRows } from "./crypto-rows.ts";
import { decideRows } from "./decide-row.ts";
import { fleetRows } from "./fleet-rows.ts";
import { hubRows } from "./hub-rows.ts";
import { inProcessRows } from "./in-process-rows.ts";
import { lastHostRows } from "./last-host-rows.ts";
import { noDelayRows } from "./no-delay-rows.ts";
import { nodeMessageRows } from "./node-message-rows.ts";
import { nodeRedRows } from "./node-red-rows.ts";
import { orderRows } from "./order-rows.ts";
import { pullRows } from "./pull-rows.ts";
import { rolloutRows } from "./rollout-rows.ts";
import { type Comparisons, goalsOf, isMet, type Measured, renderRow, type Tell } from "./row.ts";
import { storeRows } from "./store-rows.ts";

const rows: Comparisons = {
  ...cryptoRows,
  ...commandRows,
  ...inProcessRows,
  ...fleetRows,
  ...decideRows,
  ...storeRows,
  ...conductorRows,
  ...rolloutRows,
  ...pullRows,
  ...agentRows,
  ...orderRows,
  ...lastHostRows,
  ...hubRows,
  ...nodeRedRows,
  ...nodeMessageRows,
  ...noDelayRows,
};

const USAGE = `npm run bench -- [ROW...] [--json FILE]

Each row compares two ways of doing one thing, measured in turn within one run: only the ratio is worth
quoting. Without ROW all rows run. Exit status 1: a goal was missed; 2: not understood.
`;

interface Wanted {
  readonly names: readonly string[];
  readonly jsonFile: string | undefined;
}

function parseArguments(args: readonly string[]): Wanted | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" }, json: { type: "string" } },
  });
  if (values.help) return "help";
  const unknown = positionals.filter((name) => !Object.hasOwn(rows, name));
  if (unknown.length > 0) {
    throw new Error(`unknown row ${unknown.join(", ")}; there are ${Object.keys(rows).join(", ")}`);
  }
  return { names: positionals.length > 0 ? positionals : Object.keys(rows), jsonFile: values.json };
}

const help = (): string =>
  [USAGE, ...Object.values(rows).map((row) => `  ${row.about}\n      ${goalsOf(row)}`)].join("\n");

const ERASE_LINE = "\r\u001b[K";
const say: Tell = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`${ERASE_LINE}${text}`);
};

/** Every temporary folder below one, so that an interrupt leaves nothing. */
function tidyAtExit(): void {
  const folder = mkdtempSync(join(tmpdir(), "nixwave-bench-"));
  process.env["TMPDIR"] = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => process.exit(130));
}

interface Result extends Measured {
  readonly name: string;
  readonly goal: number | null;
  readonly met: boolean;
}

async function run({ names, jsonFile }: Wanted): Promise<number> {
  const results: Result[] = [];
  for (const [name, row] of Object.entries(rows)) {
    if (!names.includes(name)) continue;
    say(name);
    const measured = await row.measure((text) => say(`${name}: ${text}`));
    say("");
    results.push({ name, goal: row.goal ?? null, met: isMet(row, measured), ...measured });
    console.log(`${renderRow(row, measured)}\n`);
  }
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(results, null, 2)}\n`);
  const missed = results.filter(({ met }) => !met).map(({ name }) => name);
  if (missed.length > 0) console.error(`goals missed: ${missed.join(", ")}`);
  return missed.length > 0 ? 1 : 0;
}

function wantedOrExit(): Wanted | "help" {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

const wanted = wantedOrExit();
if (wanted === "help") {
  console.log(help());
} else {
  tidyAtExit();
  process.exitCode = await run(wanted);
}

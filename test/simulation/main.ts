import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { HomeParts } from "./home.ts";
import { renderStory } from "./render-story.ts";
import { StoredHubDisk } from "./stored-hub-disk.ts";
import { makeStory, STRICT_TURMOIL, TURMOIL, WEEKDAY } from "./story.ts";
import { shrink, tellStory } from "./tell-story.ts";
import { renderTimeline } from "./timeline.ts";

const HELP = `Plays a home under a clock of its own and prints what happened; the same seed tells the same story.

  npm run simulate -- [options]

  --seed N       which story (default 1)
  --days N       how long it lasts, two quiet days at its end not counted (default 30)
  --turmoil      something goes wrong all the time
  --rules        with --turmoil: hosts have windows, intervals and people of their own
  --store real   the hub's journal in the real store on this disk (default: model)
  --quiet        only the summary
  --help         this text

Exit status 1: a rule did not hold; the story is shown again with as few acts as it takes.
docs/simulation.md says how to read it.
`;

/** A whole number of at least 1, or days and half days. */
function numberFrom(name: string, text: string, pattern: RegExp): number {
  if (pattern.test(text) && Number(text) > 0) return Number(text);
  process.stderr.write(`--${name} ${text} is no number above 0\n\n${HELP}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        seed: { type: "string", default: "1" },
        days: { type: "string", default: "30" },
        turmoil: { type: "boolean", default: false },
        rules: { type: "boolean", default: false },
        store: { type: "string", default: "model" },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

const values = readArguments();
process.stdout.on("error", () => process.exit()); // whoever read it has seen enough
if (values.help) {
  process.stdout.write(HELP);
  process.exit();
}
const mood = values.turmoil ? (values.rules ? STRICT_TURMOIL : TURMOIL) : WEEKDAY;
const seed = numberFrom("seed", values.seed, /^\d+$/);
const story = makeStory(seed, numberFrom("days", values.days, /^\d+(\.\d+)?$/), mood);
const root = values.store === "real" ? mkdtempSync(join(tmpdir(), "nixwave-home-")) : null;
process.on("exit", () => root && rmSync(root, { recursive: true, force: true }));
const parts: HomeParts = root ? { newDisk: (state) => new StoredHubDisk(root, state) } : {};
const telling = tellStory(story, parts);
if (!values.quiet) process.stdout.write(renderTimeline(telling.lines));
process.stdout.write(renderStory(story, telling));
if (telling.violation) {
  process.stdout.write("\nLooking for the same with fewer acts, which takes a while ...\n\n");
  const shrunk = shrink(story, telling.violation.rule, parts);
  const again = tellStory(shrunk, parts);
  process.stdout.write(renderTimeline(again.lines));
  process.stdout.write(`\n${again.violation?.message}\n${JSON.stringify(shrunk)}\n`);
  process.exitCode = 1;
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { HomeParts } from "./home.ts";
import { StoredHubDisk } from "./stored-hub-disk.ts";
import { makeStory, TURMOIL, WEEKDAY } from "./story.ts";
import { shrink, tellStory } from "./tell-story.ts";
import { renderTimeline } from "./timeline.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    days: { type: "string", default: "30" },
    turmoil: { type: "boolean", default: false },
    /** `real`: the hub's journal in the real store, in a temporary folder. */
    store: { type: "string", default: "model" },
    quiet: { type: "boolean", default: false },
  },
});
const story = makeStory(
  Number(values.seed),
  Number(values.days),
  values.turmoil ? TURMOIL : WEEKDAY,
);
if (values.store !== "model" && values.store !== "real") throw new Error("--store model|real");
const root = values.store === "real" ? mkdtempSync(join(tmpdir(), "nixwave-home-")) : null;
process.on("exit", () => root && rmSync(root, { recursive: true, force: true }));
const parts: HomeParts = root ? { newDisk: (state) => new StoredHubDisk(root, state) } : {};
const telling = tellStory(story, parts);
if (!values.quiet) process.stdout.write(renderTimeline(telling.lines));
process.stdout.write(`\n${JSON.stringify(telling.looked, null, 2)}\n`);
if (telling.violation) {
  process.stdout.write(`\nVIOLATION ${telling.violation.message}\n\nshrunk:\n`);
  const shrunk = shrink(story, telling.violation.rule, parts);
  const again = tellStory(shrunk, parts);
  process.stdout.write(renderTimeline(again.lines));
  process.stdout.write(`${JSON.stringify(shrunk)}\n${again.violation?.message}\n`);
  process.exitCode = 1;
}

import { parseArgs } from "node:util";
import { makeStory, TURMOIL, WEEKDAY } from "./story.ts";
import { shrink, tellStory } from "./tell-story.ts";
import { renderTimeline } from "./timeline.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    days: { type: "string", default: "30" },
    turmoil: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
  },
});
const story = makeStory(
  Number(values.seed),
  Number(values.days),
  values.turmoil ? TURMOIL : WEEKDAY,
);
const telling = tellStory(story);
if (!values.quiet) process.stdout.write(renderTimeline(telling.lines));
process.stdout.write(`\n${JSON.stringify(telling.looked, null, 2)}\n`);
if (telling.violation) {
  process.stdout.write(`\nVIOLATION ${telling.violation.message}\n\nshrunk:\n`);
  const shrunk = shrink(story, telling.violation.rule);
  const again = tellStory(shrunk);
  process.stdout.write(renderTimeline(again.lines));
  process.stdout.write(`${JSON.stringify(shrunk)}\n${again.violation?.message}\n`);
  process.exitCode = 1;
}

// Run by test/system/store.test.ts, which kills it: an older hub and a newer one take turns for ever, as if each
// trial of the newer one were undone. Tells each number that the older one's journal has taken.
import { writeSync } from "node:fs";
import process from "node:process";
import { instant } from "../../src/contract/index.ts";
import { openStore, SCHEMA } from "../../src/store/index.ts";

interface Counted {
  readonly n: number;
}
const folder = process.argv[2] ?? "";
const NEXT = { steps: [...SCHEMA.steps, () => undefined] };
const open = (schema: typeof SCHEMA) =>
  openStore<{ count: number }, Counted, null>(folder, {
    schema,
    parseState: (json) => json as { count: number },
    parseEvent: (json) => json as Counted,
    parsePast: () => null,
    at: instant(Date.now()),
  });

for (;;) {
  const older = open(SCHEMA);
  const n = 1 + (older.load().tail.at(-1)?.n ?? 0);
  older.append([{ n }]);
  older.close();
  writeSync(1, `${n}\n`);
  const newer = open(NEXT);
  if (newer.recovered !== null) throw new Error(newer.recovered.why);
  for (let step = 0; step < 5; step++) newer.append([{ n: n + 1000 + step }]);
  newer.close();
}

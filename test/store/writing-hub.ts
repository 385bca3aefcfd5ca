// Run by test/system/store.test.ts, which kills it or fills its disk: writes to the journal for ever, and tells
// each number whose event `append` has taken.
import { writeSync } from "node:fs";
import process from "node:process";
import { instant, NixwaveError } from "../../src/contract/index.ts";
import { openStore } from "../../src/store/index.ts";

interface Counted {
  readonly n: number;
  readonly padding: string;
}
const [, , folder = "", paddingBytes = "300"] = process.argv;
const store = openStore<{ count: number }, Counted, null>(folder, {
  parseState: (json) => json as { count: number },
  parseEvent: (json) => json as Counted,
  parsePast: () => null,
  at: instant(Date.now()),
});
const padding = "x".repeat(Number(paddingBytes));

function write(n: number): void {
  store.append([{ n, padding }]);
  if (n % 3 === 0) store.keep("soak", n);
}

const { snapshot, tail } = store.load();
let n = tail.at(-1)?.n ?? snapshot?.count ?? 0;
try {
  for (;;) {
    n += 1;
    store.atomically(() => write(n));
    writeSync(1, `${n}\n`);
    if (n % 7 === 0) store.snapshot({ count: n });
  }
} catch (error) {
  if (!(error instanceof NixwaveError)) throw error;
  writeSync(2, `${error.code} ${error.message}\n`);
}

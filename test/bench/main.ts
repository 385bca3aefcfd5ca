// `npm run bench`: each row is a ratio within one run, with median and range. `npm run bench -- verify parse`
// runs only those rows. A missed goal is said and makes the exit status 1; nothing here runs in the tests.
import { cryptoRows } from "./crypto-rows.ts";
import { isMet, type Row, renderRow } from "./row.ts";

const rows: Readonly<Record<string, () => Promise<Row>>> = { ...cryptoRows };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in rows));
if (unknown.length > 0) {
  console.error(`unknown row ${unknown.join(", ")}; there are ${Object.keys(rows).join(", ")}`);
  process.exit(2);
}

let missed = 0;
for (const [name, run] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const row = await run();
  if (!isMet(row)) missed += 1;
  console.log(`${renderRow(row)}\n`);
}
if (missed > 0) {
  console.error(`${missed} goals missed`);
  process.exitCode = 1;
}

import { readFileSync, writeFileSync } from "node:fs";
import { withTable } from "./sensor-page.ts";
import { markdownOf, sensorTable } from "./sensor-table.ts";

/** `npm run sensor-days`: plays the days, prints the table and writes it into docs/sensor-gate.md. */
const PAGE = "docs/sensor-gate.md";
const table = markdownOf(sensorTable());
writeFileSync(PAGE, withTable(readFileSync(PAGE, "utf8"), table));
process.stdout.write(`${table}\n`);

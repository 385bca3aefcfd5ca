// Writes what this wire version has published (`npm run record-wire`): after a new field, so that it is kept
// from then on. It refuses what published-wire.test.ts refuses.
import { readFileSync, writeFileSync } from "node:fs";
import { WIRE_SPOKEN } from "../../src/contract/index.ts";
import { faultsOf, type PublishedWire, wireNow } from "./wire-growth.ts";

const FILE = new URL(`../fixtures/wire/${WIRE_SPOKEN.at(-1)}.json`, import.meta.url);
const now = wireNow();
const before = JSON.parse(readFileSync(FILE, "utf8")) as PublishedWire;
const faults = (["signed", "open"] as const).flatMap((part) =>
  Object.entries(before[part]).flatMap(([name, schema]) => faultsOf(schema, now[part][name], name)),
);
if (faults.length > 0) throw new Error(faults.join("\n"));
writeFileSync(FILE, `${JSON.stringify(now, null, 1)}\n`);

// A binary cache in a process of its own, so that it does not take time from what is measured: prints its address.
import process from "node:process";
import { serveFaultyCache } from "../support/cache/faulty-cache.ts";

const [directory = "", latencyMs = "0"] = process.argv.slice(2);
const cache = await serveFaultyCache(directory);
cache.latencyMs = Number(latencyMs);
process.stdout.write(`${cache.url}\n`);

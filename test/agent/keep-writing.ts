// Run by host-memory.test.ts, which kills it: closes attempts for ever and tells each one it kept.
import process from "node:process";
import { openHostMemory } from "../../agent/host-memory.ts";
import { parseRolloutId } from "../../src/contract/index.ts";

const memory = await openHostMemory(process.argv[2] ?? "", 1);
const rollout = parseRolloutId("main-1");
const message = "x".repeat(900); // a file of some size, so that a torn write would be seen
let attempt = memory.journal.closed.at(-1)?.attempt ?? 0;
for (;;) {
  attempt += 1;
  await memory.close({ rollout, attempt }, { code: "failed", reason: "nix-failed", message });
  process.stdout.write(`${attempt}\n`);
}

// Run by host-memory.test.ts, which kills it: raises the ratchet for ever and tells each number it kept.
import process from "node:process";
import { openHostMemory } from "../../agent/host-memory.ts";

const memory = await openHostMemory(process.argv[2] ?? "", 1);
for (;;) {
  const counter = memory.ratchet.counter + 1;
  await memory.keepRatchet({ ...memory.ratchet, counter });
  process.stdout.write(`${counter}\n`);
}

/**
 * From now on V8 prefers little memory and rest to speed. Left alone, it keeps about 1.3 MB of what only the start
 * needed, wakes up every 8 s for ever to see whether a collection would be worth it, and with each ping to the broker
 * hands a few more functions to its threads, to be compiled (Sparkplug): half of an idle agent's wake-ups (measured
 * with Node 24, `npm run bench -- agent-wake-ups`, docs/benchmarks.md). What is hot is still optimised.
 */
export async function restSmall(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  for (const flag of ["--optimize-for-size", "--no-sparkplug"]) setFlagsFromString(flag);
}

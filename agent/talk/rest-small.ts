/**
 * From now on V8 prefers little memory to speed: after a start it collects once, and then rests. Left alone, it
 * keeps about 1.3 MB of what only the start needed, and wakes up every 8 s for ever to see whether a collection
 * would be worth it (measured with Node 24, `npm run bench -- agent-wake-ups`).
 */
export async function restSmall(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--optimize-for-size");
}

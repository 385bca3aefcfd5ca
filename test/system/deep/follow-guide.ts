import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readSession, type SessionStep } from "../../support/console-session.ts";

const GUIDE = fileURLToPath(new URL("../../../docs/recovery.md", import.meta.url));
const PATIENCE_MS = 30_000;
/** What only looks, and may be looked at twice: as a person does when it is not yet so. */
const LOOKS = /^(nixwave (status|doctor|history|verify)|nixwave-agent status)\b/;

/**
 * Runs a session of docs/recovery.md line by line.
 * @param places what the guide's paths are in this test
 * @param run throws where the output is not as promised
 */
export async function followGuide(
  session: string,
  places: ReadonlyMap<string, string>,
  run: (step: SessionStep) => Promise<void>,
): Promise<void> {
  let guide = await readFile(GUIDE, "utf8");
  for (const [path, here] of places) guide = guide.replaceAll(path, here);
  for (const step of readSession(guide, session)) await patiently(step, run);
}

async function patiently(
  step: SessionStep,
  run: (step: SessionStep) => Promise<void>,
): Promise<void> {
  const until = Date.now() + (LOOKS.test(step.command) ? PATIENCE_MS : 0);
  for (;;) {
    try {
      await run(step);
      return;
    } catch (error) {
      if (Date.now() >= until) throw error;
    }
  }
}

import { appendFile } from "node:fs/promises";
import type { CommandIo } from "../command-io.ts";

/**
 * Adds to the file that GitHub's runner names in a variable; elsewhere nothing (docs.github.com, "Workflow commands").
 * What could not be told changes nothing of what was done, so that it is a warning.
 */
export async function tellRunnerIn(
  io: Pick<CommandIo, "env" | "stderr">,
  variable: "GITHUB_OUTPUT" | "GITHUB_STEP_SUMMARY",
  text: string,
): Promise<void> {
  const file = io.env[variable];
  if (!file) return;
  try {
    await appendFile(file, text);
  } catch (error) {
    io.stderr.write(`warning: ${variable} was not written: ${(error as Error).message}\n`);
  }
}

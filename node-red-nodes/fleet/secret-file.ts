import { readFile, stat } from "node:fs/promises";
import { NixwaveError } from "../../src/contract/index.ts";

const OPEN_TO_OTHERS = 0o077;

/**
 * A secret, without the line break at its end.
 * @throws NixwaveError file-unreadable | secret-exposed
 */
export async function readSecretFile(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & OPEN_TO_OTHERS) !== 0) {
      throw new NixwaveError("secret-exposed", `others can read ${path}: chmod 600 ${path}`);
    }
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    if (error instanceof NixwaveError) throw error;
    const cause = error as Error;
    throw new NixwaveError("file-unreadable", cause.message, { where: path, cause });
  }
}

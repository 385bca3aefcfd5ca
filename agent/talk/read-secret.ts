import { stat } from "node:fs/promises";
import { NixwaveError } from "../../src/contract/index.ts";
import { readWhole } from "../read-whole.ts";

/** systemd's LoadCredential makes files of root that the unit's group may read, in a folder nobody else enters. */
const CREDENTIALS = "/run/credentials/";

/**
 * A password or key, without the line break an editor left at its end.
 * @throws NixwaveError secret-exposed with the chmod to run | file-unreadable | too-large
 */
export async function readSecret(path: string): Promise<string> {
  const { mode } = await stat(path).catch((cause: Error) => {
    const message = `${path}: ${cause.message}`;
    throw new NixwaveError("file-unreadable", message, { where: path, cause });
  });
  const forbidden = path.startsWith(CREDENTIALS) ? 0o007 : 0o077;
  if ((mode & forbidden) !== 0) {
    const message = `other users can read ${path}; run: chmod go= ${path}`;
    throw new NixwaveError("secret-exposed", message, { where: path });
  }
  return Buffer.from(await readWhole(path))
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

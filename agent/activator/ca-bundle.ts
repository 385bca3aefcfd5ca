import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDiskFault } from "./disk-fault.ts";

/** Where NixOS has the authorities that Nix trusts by itself. */
const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Nix takes one bundle in place of its own, so the host's authorities and the system's go into one file.
 * A disk that takes none is said and no more, because the way back of a trial needs none.
 * @returns its path; null when the host adds none
 */
export async function writeCaBundle(
  folder: string,
  pem: string | null,
  say: (line: string) => void,
): Promise<string | null> {
  if (pem === null) return null;
  const file = join(folder, "ca-bundle.pem");
  try {
    await writeFile(`${file}.new`, `${await publicOnes()}\n${pem}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
    return file;
  } catch (error) {
    if (!isDiskFault(error)) throw error;
    say(`caFile: ${file} could not be written: ${(error as Error).message}`);
    return null;
  }
}

async function publicOnes(): Promise<string> {
  try {
    return await readFile(SYSTEM_BUNDLE, "utf8");
  } catch {
    return (await import("node:tls")).rootCertificates.join("\n");
  }
}

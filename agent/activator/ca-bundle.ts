import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where NixOS has the authorities that Nix trusts by itself. */
const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Nix takes one bundle in place of its own, so the host's authorities and the system's go into one file.
 * @returns its path; null when the host adds none
 */
export async function writeCaBundle(folder: string, pem: string | null): Promise<string | null> {
  if (pem === null) return null;
  const file = join(folder, "ca-bundle.pem");
  await writeFile(`${file}.new`, `${await publicOnes()}\n${pem}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return file;
}

async function publicOnes(): Promise<string> {
  try {
    return await readFile(SYSTEM_BUNDLE, "utf8");
  } catch {
    return (await import("node:tls")).rootCertificates.join("\n");
  }
}

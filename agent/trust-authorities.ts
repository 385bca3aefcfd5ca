import { readWhole } from "./read-whole.ts";

/**
 * Trusts the authorities of a PEM file beside the public ones, in all that this process fetches from now on: a home's
 * own cache and services. One that cannot be read is said and no more, because the way back of a trial needs none.
 * @param file null: the public ones only, and nothing of TLS is loaded
 * @returns the PEM text; null where there is none
 */
export async function trustAuthorities(
  file: string | null,
  say: (line: string) => void,
): Promise<string | null> {
  if (file === null) return null;
  try {
    const pem = Buffer.from(await readWhole(file)).toString("utf8");
    const tls = await import("node:tls");
    if (typeof tls.setDefaultCACertificates !== "function") {
      throw new Error("Node 22.19, 24.5 or newer is needed");
    }
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), pem]);
    return pem;
  } catch (error) {
    say(`caFile: ${file} is not trusted: ${(error as Error).message}`);
    return null;
  }
}

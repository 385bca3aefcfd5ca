import { parseReleaseAddress, whyFetchFailed } from "../../contract/index.ts";
import type { WebSeen } from "./facts.ts";

const LIMIT_MS = 10_000;
/** What a server says to whoever shows no token; GitHub denies that a private release is there. */
const BARRED: ReadonlySet<number> = new Set([401, 403, 404]);

/** Asks the address of a release node as the hub does, but without the token, which no flow holds. Never throws. */
export async function lookAtWeb(text: string): Promise<WebSeen> {
  const given = URL.parse(text);
  // Some write a token into the query, or a password before the server's name.
  const address = given ? `${given.origin}${given.pathname}` : text;
  try {
    const url = parseReleaseAddress(text);
    const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
    await response.body?.cancel();
    const { status, ok } = response;
    const failure = ok ? null : `it answered ${status}`;
    return { address, failure, isBarred: BARRED.has(status) };
  } catch (error) {
    return { address, failure: whyFetchFailed(error), isBarred: false };
  }
}

import type { WebSeen } from "./facts.ts";

const LIMIT_MS = 10_000;
/** As the release node has it: the hub's own machine may be asked in the clear, others may not. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** What a server says to whoever shows no token; GitHub denies that a private release is there. */
const BARRED: ReadonlySet<number> = new Set([401, 403, 404]);

/** Asks the address of a release node as the hub does, but without the token, which no flow holds. Never throws. */
export async function lookAtWeb(text: string): Promise<WebSeen> {
  const url = URL.parse(text);
  if (!url) return { address: text, failure: "it is no address", isBarred: false };
  const address = `${url.origin}${url.pathname}`; // some servers take a token in the query
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.test(url.hostname))) {
    return { address, failure: "it must begin with https://", isBarred: false };
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
    await response.body?.cancel();
    const { status, ok } = response;
    return {
      ...{ address, isBarred: BARRED.has(status) },
      failure: ok ? null : `it answered ${status}`,
    };
  } catch (error) {
    const { cause, message } = error as Error;
    return { address, failure: cause instanceof Error ? cause.message : message, isBarred: false };
  }
}

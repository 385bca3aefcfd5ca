import { isOfThisMachine } from "../../src/contract/index.ts";
import { webFailure } from "./web-failure.ts";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;

export interface FirstRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Follows by hand what `fetch` would follow anywhere, also from https to http. As there (Fetch standard, "HTTP-redirect
 * fetch") `authorization` is lost at the first other origin, and does not come back.
 * @throws NixwaveError web-request-failed, and what `fetch` throws
 */
export async function followRedirects(first: FirstRequest): Promise<Response> {
  let { url } = first;
  const headers = { ...first.headers };
  for (let followed = 0; followed <= MOST_REDIRECTS; followed++) {
    const response = await fetch(url, { headers, signal: first.signal, redirect: "manual" });
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return response;
    await response.body?.cancel();
    const next = targetOf(location, url, first.url);
    if (next.origin !== url.origin) delete headers["authorization"];
    url = next;
  }
  throw webFailure(first.url, "it leads on and on, to no release");
}

/** Its path and query are not told: storages sign them, and that is as good as a token. */
function targetOf(location: string, from: URL, asked: URL): URL {
  const next = URL.canParse(location, from) ? new URL(location, from) : null;
  if (next?.protocol === "https:" || (from.protocol === "http:" && next && isOfThisMachine(next))) {
    if (next.username === "" && next.password === "") return next;
  }
  const where = next ? `${next.protocol}//${next.host}` : "nowhere";
  throw webFailure(asked, `it leads to ${where}; only https without user and password is followed`);
}

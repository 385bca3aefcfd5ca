import { NixwaveError } from "../../src/contract/index.ts";
import { webFailure } from "./web-failure.ts";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Where a release may be fetched from. What it carries is signed, but a token goes along, and who reads the answer on
 * the way knows what the hosts run: so https, and http on this machine alone.
 * @throws NixwaveError invalid-field, which shows no user and password
 */
export function parseReleaseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw wrong("the address of the release is no web address");
  if (url.username !== "" || url.password !== "") {
    throw wrong("the address of the release holds a user or password: a token has its own field");
  }
  const isOwn = url.protocol === "http:" && LOOPBACK.test(url.hostname);
  if (url.protocol === "https:" || isOwn) return url;
  throw wrong(`${url.origin === "null" ? url.protocol : url.origin}: it must begin with https://`);
}

const wrong = (why: string): NixwaveError => new NixwaveError("invalid-field", why);

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
  if (next?.protocol === "https:" || (from.protocol === "http:" && isOfThisMachine(next))) {
    if (next.username === "" && next.password === "") return next;
  }
  const where = next ? `${next.protocol}//${next.host}` : "nowhere";
  throw webFailure(asked, `it leads to ${where}; only https without user and password is followed`);
}

const isOfThisMachine = (url: URL | null): url is URL =>
  url?.protocol === "http:" && LOOPBACK.test(url.hostname);

import {
  NixwaveError,
  parsePayload,
  type Release,
  WIRE,
  whyFetchFailed,
} from "../../src/contract/index.ts";
import { followRedirects } from "./follow-redirects.ts";
import { shownAddress, webFailure } from "./web-failure.ts";

/** What a look at a release's web address gave. */
export type Polled =
  | { readonly kind: "release"; readonly release: Release; readonly etag: string | null }
  | { readonly kind: "unchanged" }
  /** Nothing was published there yet. */
  | { readonly kind: "absent" }
  /** The server asks for rest. */
  | { readonly kind: "busy"; readonly retryAfterMs: number | null };

export interface PollRequest {
  readonly url: URL;
  /** Of what was read last; null at first. */
  readonly etag: string | null;
  readonly token: string;
  readonly signal: AbortSignal;
}

const LIMIT = WIRE.release.maxBytes;
const BUSY: ReadonlySet<number> = new Set([429, 503]);

/**
 * One conditional request. What comes is bounded and read as strictly as what the broker brings; whom it is signed
 * by is another's business. The token stays with the origin it was given for.
 * @throws NixwaveError web-request-failed, and those of a release's parser
 */
export async function pollRelease({ url, etag, token, signal }: PollRequest): Promise<Polled> {
  const headers = {
    accept: acceptFor(url),
    ...(etag === null ? {} : { "if-none-match": etag }),
    ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    const response = await followRedirects({ url, headers, signal });
    if (response.ok) return await readRelease(url, response);
    await response.body?.cancel();
    return withoutRelease(url, response);
  } catch (error) {
    if (error instanceof NixwaveError) throw error;
    throw webFailure(url, whyFetchFailed(error), error);
  }
}

/** GitHub's contents API wraps a file into JSON unless it is asked for the raw one (docs.github.com/rest/repos/contents). */
const acceptFor = ({ pathname }: URL): string =>
  /\/repos\/[^/]+\/[^/]+\/contents\//.test(pathname)
    ? "application/vnd.github.raw+json"
    : "application/json, application/octet-stream;q=0.9, */*;q=0.1";

async function readRelease(url: URL, response: Response): Promise<Polled> {
  const { headers } = response;
  if (/^text\/html\b/i.test(headers.get("content-type") ?? "")) {
    await response.body?.cancel();
    throw webFailure(
      url,
      "it gave a web page, no release: is the address right, is a token missing?",
    );
  }
  if (Number(headers.get("content-length")) > LIMIT) {
    await response.body?.cancel();
    throw tooLarge(url);
  }
  const release = parsePayload("release", await readBounded(url, response));
  return { kind: "release", release, etag: headers.get("etag") };
}

function withoutRelease(asked: URL, { status, headers }: Response): Polled {
  if (status === 304) return { kind: "unchanged" };
  if (status === 404) return { kind: "absent" };
  if (BUSY.has(status) || isRateLimit(status, headers)) {
    return { kind: "busy", retryAfterMs: retryAfter(headers) };
  }
  throw webFailure(asked, `it answered ${status}`);
}

/** GitHub's rate limits are 403 as well (docs.github.com/rest, "Rate limits for the REST API"). */
const isRateLimit = (status: number, headers: Headers): boolean =>
  status === 403 && (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0");

/** Seconds or a date (RFC 9110, 10.2.3), else when GitHub's hour is over: `x-ratelimit-reset`, Unix seconds. */
export function retryAfter(headers: Headers): number | null {
  const said = headers.get("retry-after") ?? "";
  if (/^\d{1,6}$/.test(said)) return Number(said) * 1000;
  const reset = headers.get("x-ratelimit-reset") ?? "";
  const isUsedUp = headers.get("x-ratelimit-remaining") === "0" && /^\d{1,12}$/.test(reset);
  const at = said === "" && isUsedUp ? Number(reset) * 1000 : Date.parse(said);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

async function readBounded(url: URL, response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > LIMIT) throw tooLarge(url);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const tooLarge = (url: URL): NixwaveError =>
  new NixwaveError("too-large", `${shownAddress(url)} gives more than ${LIMIT} bytes`);

import { NixwaveError, parsePayload, type Release, WIRE } from "../../src/contract/index.ts";

/** What a look at a release's web address gave. */
export type Polled =
  | { readonly kind: "release"; readonly release: Release; readonly etag: string | null }
  | { readonly kind: "unchanged" }
  /** Nothing was published there yet. */
  | { readonly kind: "absent" }
  /** The server asks for rest. */
  | { readonly kind: "busy"; readonly retryAfterMs: number | null };

export interface PollRequest {
  readonly url: string;
  /** Of what was read last; null at first. */
  readonly etag: string | null;
  readonly token: string;
  readonly signal: AbortSignal;
}

const LIMIT = WIRE.release.maxBytes;
const BUSY: ReadonlySet<number> = new Set([429, 503]);

/**
 * One conditional request. What comes is bounded and read as strictly as what the broker brings; whom it is signed
 * by is another's business.
 * @throws NixwaveError web-request-failed, and those of a release's parser
 */
export async function pollRelease({ url, etag, token, signal }: PollRequest): Promise<Polled> {
  const headers = {
    accept: "application/json",
    ...(etag === null ? {} : { "if-none-match": etag }),
    ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    const response = await fetch(url, { headers, signal });
    if (response.ok) {
      const bytes = await readBounded(response);
      return {
        kind: "release",
        release: parsePayload("release", bytes),
        etag: response.headers.get("etag"),
      };
    }
    await response.body?.cancel();
    return withoutRelease(response);
  } catch (error) {
    if (error instanceof NixwaveError) throw error;
    const cause = (error as Error).cause as Error | undefined;
    throw failed(url, cause?.message ?? (error as Error).message, error);
  }
}

function withoutRelease({ status, headers, url }: Response): Polled {
  if (status === 304) return { kind: "unchanged" };
  if (status === 404) return { kind: "absent" };
  if (BUSY.has(status)) return { kind: "busy", retryAfterMs: retryAfter(headers) };
  throw failed(url, `it answered ${status}`);
}

/** Seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(headers: Headers): number | null {
  const said = headers.get("retry-after") ?? "";
  if (/^\d{1,6}$/.test(said)) return Number(said) * 1000;
  const at = Date.parse(said);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > LIMIT) {
      throw new NixwaveError("too-large", `${response.url} gives more than ${LIMIT} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const failed = (url: string, why: string, cause?: unknown): NixwaveError =>
  new NixwaveError("web-request-failed", `${url}: ${why}`, { where: url, cause });

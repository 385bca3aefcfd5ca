import { NixwaveError, type Release } from "../../src/contract/index.ts";
import { type Polled, pollRelease } from "./poll-release.ts";

export interface PollerOptions {
  readonly url: string;
  readonly token: string;
  /** Between two looks while all is well. */
  readonly everyMs: number;
  readonly onRelease: (release: Release) => void;
  readonly onQuiet: (kind: "unchanged" | "absent" | "busy") => void;
  readonly onFailed: (error: Error) => void;
}

const REQUEST_MS = 20_000;
const LONGEST_MS = 3_600_000;

/** Looks at a web address again and again; failures and a busy server make the pauses longer, up to an hour. @returns stops */
export function startPoller(options: PollerOptions): () => void {
  const closing = new AbortController();
  let etag: string | null = null;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const waitMs = await lookOnce();
    if (!closing.signal.aborted) timer = setTimeout(() => void look(), waitMs);
  };
  const lookOnce = async (): Promise<number> => {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(REQUEST_MS)]);
      const polled = await pollRelease({ url: options.url, token: options.token, etag, signal });
      if (closing.signal.aborted) return 0;
      tell(polled);
      failures = polled.kind === "busy" ? failures + 1 : 0;
      return Math.max(pause(options.everyMs, failures), restOf(polled));
    } catch (error) {
      if (!closing.signal.aborted) options.onFailed(error as Error);
      failures += 1;
      return pause(options.everyMs, failures);
    }
  };
  const tell = (polled: Polled): void => {
    if (polled.kind !== "release") options.onQuiet(polled.kind);
    else {
      options.onRelease(polled.release);
      etag = polled.etag;
    }
  };
  void look();
  return () => {
    closing.abort(new NixwaveError("web-request-failed", "the node was closed"));
    clearTimeout(timer);
  };
}

/** Doubles with each failure in a row. */
export const pause = (everyMs: number, failures: number): number =>
  Math.max(everyMs, Math.min(everyMs * 2 ** Math.min(failures, 16), LONGEST_MS));

const restOf = (polled: Polled): number =>
  polled.kind === "busy" ? Math.min(polled.retryAfterMs ?? 0, LONGEST_MS) : 0;

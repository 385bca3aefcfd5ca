import { NixwaveError, type Release } from "../../src/contract/index.ts";
import { type Polled, pollRelease } from "./poll-release.ts";

export interface PollerOptions {
  readonly url: URL;
  readonly token: string;
  /** Between two looks while all is well. */
  readonly everyMs: number;
  /** Asked before each look: of what came last, where it need not come again; null: whatever is there. */
  readonly etag: () => string | null;
  /** @param etag for `etag` to say, when the release has reached whom it shall */
  readonly onRelease: (release: Release, etag: string | null) => void;
  readonly onQuiet: (kind: "unchanged" | "absent" | "busy") => void;
  readonly onFailed: (error: Error) => void;
}

const REQUEST_MS = 20_000;
const LONGEST_MS = 3_600_000;
/** So that the hubs of many homes, begun by one power cut, do not ask in step for ever. */
const SPREAD = 0.1;

/** Looks at a web address again and again; failures and a busy server make the pauses longer, up to an hour. @returns stops */
export function startPoller(options: PollerOptions): () => void {
  const closing = new AbortController();
  const { url, token, everyMs } = options;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const waitMs = await lookOnce();
    if (closing.signal.aborted) return;
    timer = setTimeout(() => void look(), Math.ceil(waitMs * (1 + SPREAD * Math.random())));
  };
  const lookOnce = async (): Promise<number> => {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(REQUEST_MS)]);
      const polled = await pollRelease({ url, token, etag: options.etag(), signal });
      if (closing.signal.aborted) return 0;
      tell(polled);
      failures = polled.kind === "busy" ? failures + 1 : 0;
      return Math.max(pause(everyMs, failures), restOf(polled));
    } catch (error) {
      if (!closing.signal.aborted) options.onFailed(error as Error);
      failures += 1;
      return pause(everyMs, failures);
    }
  };
  const tell = (polled: Polled): void => {
    if (polled.kind === "release") options.onRelease(polled.release, polled.etag);
    else options.onQuiet(polled.kind);
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

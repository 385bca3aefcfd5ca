import { whyFetchFailed } from "../../src/contract/index.ts";
import { authorized, type NtfyTopic } from "./ntfy-post.ts";
import { waitUnlessClosed } from "./wait-unless-closed.ts";

export interface StreamOptions {
  readonly from: NtfyTopic;
  /** What was heard last: the id of a message or a Unix time. */
  readonly since: () => string;
  readonly onMessage: (message: { readonly id: string; readonly text: string }) => void;
  readonly onLost: (why: string) => void;
  /** The first pause before it connects again; it doubles. */
  readonly restMs: number;
}

/** ntfy says something every 45 s ("keepalive-interval"). */
const SILENT_MS = 120_000;
const LONGEST_REST_MS = 60_000;
/** Of one line; a token has 32 characters. */
const MAX_LINE = 16_384;

/**
 * The control topic's JSON stream (ntfy, "Subscribe via API"), begun again with `since=` whenever it ends: what was
 * tapped meanwhile comes then. Node-RED needs no open port.
 */
export class ControlStream {
  readonly #options: StreamOptions;
  readonly #closing = new AbortController();

  constructor(options: StreamOptions) {
    this.#options = options;
    void this.#listen();
  }

  close(): void {
    this.#closing.abort();
  }

  async #listen(): Promise<void> {
    const { onLost, restMs } = this.#options;
    for (let failures = 0; !this.#closing.signal.aborted; failures += 1) {
      try {
        await this.#readOnce(() => {
          failures = 0;
        });
      } catch (error) {
        if (!this.#closing.signal.aborted) onLost(whyFetchFailed(error));
      }
      await waitUnlessClosed(
        Math.min(restMs * 2 ** Math.min(failures, 10), LONGEST_REST_MS),
        this.#closing.signal,
      );
    }
  }

  /** Ends when the connection does. */
  async #readOnce(onAlive: () => void): Promise<void> {
    const { from, since } = this.#options;
    const { server, topic, token } = from;
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENT_MS);
    try {
      const url = new URL(`/${topic}/json?since=${encodeURIComponent(since())}`, server);
      const response = await fetch(url, {
        headers: authorized(token),
        redirect: "error",
        signal: AbortSignal.any([this.#closing.signal, silence.signal]),
      });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw new Error(`it answered ${response.status}`);
      }
      let rest = "";
      const decoder = new TextDecoder();
      for await (const bytes of response.body) {
        timer.refresh();
        onAlive();
        const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
        rest = (lines.pop() ?? "").slice(0, MAX_LINE);
        for (const line of lines) this.#hear(line);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #hear(line: string): void {
    const { event, id, message } = parsed(line);
    if (event !== "message" || typeof id !== "string" || typeof message !== "string") return;
    this.#options.onMessage({ id, text: message });
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    return {}; // no message of ntfy's
  }
}

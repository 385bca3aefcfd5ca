import { type EpochMs, NixwaveError, whyFetchFailed } from "../contract/index.ts";
import type { GateEvent } from "../gate/index.ts";
import type { HttpGet } from "./http-get.ts";
import type { Timers } from "./timers.ts";

export type { HttpGet };

interface PrometheusPorts {
  /** Null: nobody named one. */
  readonly url: URL | null;
  /** Each query with its interval in ms. */
  readonly queries: ReadonlyMap<string, number>;
  readonly timers: Timers;
  readonly now: () => EpochMs;
  readonly httpGet: HttpGet;
  readonly hear: (event: GateEvent) => void;
  /** Told once each time it is lost: people read only that a row has no fresh reading. */
  readonly failed: (error: NixwaveError) => void;
}

const ANSWER_WITHIN_MS = 10_000;
const ANSWER_AT_MOST_BYTES = 1024 * 1024;

/** Asks Prometheus each query at its own pace; one that takes its time is not asked again meanwhile. */
export class Prometheus {
  readonly #ports: PrometheusPorts;
  readonly #cancels = new Map<string, () => void>();
  readonly #closing = new AbortController();
  #isLost: boolean = false;

  constructor(ports: PrometheusPorts) {
    this.#ports = ports;
    for (const query of ports.queries.keys()) this.#next(query, 0);
  }

  close(): void {
    this.#closing.abort();
    for (const cancel of this.#cancels.values()) cancel();
  }

  #next(query: string, delayMs: number): void {
    if (this.#closing.signal.aborted) return;
    this.#cancels.set(
      query,
      this.#ports.timers.after(delayMs, () => void this.#poll(query)),
    );
  }

  async #poll(query: string): Promise<void> {
    const { queries, hear, now } = this.#ports;
    const source = query;
    try {
      const bytes = await this.#answer(query);
      if (this.#closing.signal.aborted) return;
      this.#link(false);
      hear({ type: "bytes-received", at: now(), source, bytes, retained: false });
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      // Nobody there is silence, as of a sensor; an answer that cannot be read is a fault of its own.
      if (error instanceof Unreadable) {
        hear({ type: "query-failed", at: now(), source, message: error.message });
      } else this.#lose(error);
    }
    this.#next(query, queries.get(query) ?? ANSWER_WITHIN_MS);
  }

  #lose(error: unknown): void {
    if (!this.#isLost) {
      const { url, failed } = this.#ports;
      const why = `Prometheus at ${url?.origin}: ${whyFetchFailed(error)}`;
      failed(new NixwaveError("prometheus-unreachable", why, { cause: error }));
    }
    this.#link(true);
  }

  #link(isLost: boolean): void {
    if (this.#isLost === isLost) return;
    this.#isLost = isLost;
    const type = isLost ? "link-lost" : "link-restored";
    this.#ports.hear({ type, at: this.#ports.now(), link: "prometheus" });
  }

  async #answer(query: string): Promise<Uint8Array> {
    const { url, httpGet } = this.#ports;
    if (url === null) throw new Unreadable("no address of Prometheus is set");
    const address = new URL(`${url.href.replace(/\/$/, "")}/api/v1/query`);
    address.searchParams.set("query", query);
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    // A refused query answers 400 or 422 with Prometheus' own words, which the decoder repeats.
    return await bounded(await httpGet(address, signal));
  }
}

class Unreadable extends Error {}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > ANSWER_AT_MOST_BYTES)
      throw new Unreadable("Prometheus' answer is larger than 1 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What somebody needs to recognise a topic by. */
export interface SeenTopic {
  readonly topic: string;
  /** The beginning of its last payload; how long it was where it is no text. */
  readonly preview: string;
}

const MOST = 2000;
const LONGEST_TOPIC = 256;
const PREVIEW = 60;

/** Topics that were heard, the latest last; the oldest make room. */
export class SeenTopics {
  readonly #seen = new Map<string, string>();

  note(topic: string, bytes: Uint8Array): void {
    if (topic.length > LONGEST_TOPIC) return;
    this.#seen.delete(topic);
    this.#seen.set(topic, previewOf(bytes));
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST && oldest !== undefined) this.#seen.delete(oldest);
  }

  /** By name. */
  list(): readonly SeenTopic[] {
    return [...this.#seen]
      .map(([topic, preview]) => ({ topic, preview }))
      .toSorted((left, right) => (left.topic < right.topic ? -1 : 1));
  }
}

const NO_TEXT = /[\p{Cc}\uFFFD]/u;

function previewOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 4 * PREVIEW))
    .toString("utf8")
    .replace(/\s+/g, " ");
  const shown = [...text].slice(0, PREVIEW).join("");
  if (NO_TEXT.test(shown)) return `(${bytes.length} bytes)`;
  return bytes.length > Buffer.byteLength(shown) ? `${shown}…` : shown;
}

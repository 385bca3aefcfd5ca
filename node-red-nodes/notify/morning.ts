import type { EpochMs } from "../../src/contract/index.ts";
import type { Notification } from "../../src/people/index.ts";

/** What came silently at night and nothing newer has replaced: in the morning it comes once more, with its sound. */
export class Morning {
  readonly #ring: (notification: Notification) => void;
  readonly #kept = new Map<string, Notification>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ring: (notification: Notification) => void) {
    this.#ring = ring;
  }

  keep(notification: Notification, until: EpochMs): void {
    this.#kept.delete(notification.sequenceId); // in the order of what was said last
    this.#kept.set(notification.sequenceId, notification);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, until - Date.now()));
  }

  forget(sequenceId: string): void {
    this.#kept.delete(sequenceId);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wake(): void {
    const due = [...this.#kept.values()];
    this.#kept.clear();
    for (const notification of due) this.#ring(notification);
  }
}

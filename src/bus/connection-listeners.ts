import type { BusEvent, ConnectionEvent } from "./bus-event.ts";

/** Who wants to know when the connection comes and goes; the log always does. */
export class ConnectionListeners {
  readonly #log: (event: BusEvent) => void;
  readonly #listeners = new Set<(event: ConnectionEvent) => void>();

  constructor(log: (event: BusEvent) => void) {
    this.#log = log;
  }

  /** @returns stops telling this listener */
  add(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One that throws does not keep the others from hearing. */
  tell(event: ConnectionEvent): void {
    this.#log(event);
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#log({ event: "listener-failed", topic: "", error });
      }
    }
  }
}

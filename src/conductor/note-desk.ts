import type { Notes } from "./conductor.ts";
import type { HubStore } from "./hub-store.ts";

interface NotePorts {
  readonly store: Pick<HubStore, "keep" | "recall" | "forget">;
  readonly failed: (error: unknown) => void;
}

/** In the journal: the first nodes that had notes were those of phones. */
const PLACE = "phone/notes/";

/** What nodes must not forget. */
export class NoteDesk implements Notes {
  readonly #ports: NotePorts;

  constructor(ports: NotePorts) {
    this.#ports = ports;
  }

  keep(name: string, value: unknown): void {
    this.#guarded(() => this.#ports.store.keep(`${PLACE}${name}`, value));
  }

  recall(name: string): unknown {
    try {
      return this.#ports.store.recall(`${PLACE}${name}`, (value) => value);
    } catch (error) {
      this.#ports.failed(error);
      return null;
    }
  }

  forget(name: string): void {
    this.#guarded(() => this.#ports.store.forget(`${PLACE}${name}`));
  }

  #guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#ports.failed(error);
    }
  }
}

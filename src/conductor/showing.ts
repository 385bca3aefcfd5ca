import type { HubView } from "./conductor.ts";
import { Throttle } from "./throttle.ts";
import type { Timers } from "./timers.ts";
import { LazyView, type Seen } from "./view.ts";

interface ShowingPorts {
  readonly timers: Timers;
  readonly now: () => number;
  readonly look: () => Seen;
  /** Beside the watchers. */
  readonly show: (view: HubView) => void;
  readonly failed: (error: unknown) => void;
}

const TELL_EVERY_MS = 100;

/** The view as it stands, and who looks at it; made when somebody looks, told ten times a second at most. */
export class Showing {
  readonly #ports: ShowingPorts;
  readonly #watchers = new Set<(view: HubView) => void>();
  readonly #teller: Throttle;
  #view: LazyView | null = null;

  constructor(ports: ShowingPorts) {
    this.#ports = ports;
    this.#teller = new Throttle(ports.timers, ports.now, TELL_EVERY_MS, () => this.#tell());
  }

  get view(): HubView {
    this.#view ??= new LazyView(this.#ports.look());
    return this.#view;
  }

  changed(): void {
    this.#view = null;
    this.#teller.touch();
  }

  watch(listener: (view: HubView) => void): () => void {
    this.#watchers.add(listener);
    this.#guarded(() => listener(this.view));
    return () => this.#watchers.delete(listener);
  }

  close(): void {
    this.#teller.close();
    this.#watchers.clear();
  }

  #tell(): void {
    const { view } = this;
    this.#guarded(() => this.#ports.show(view));
    for (const watcher of [...this.#watchers]) this.#guarded(() => watcher(view));
  }

  #guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#ports.failed(error);
    }
  }
}

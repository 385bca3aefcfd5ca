import type { StorePath } from "../../src/contract/index.ts";

/** How a closure behaves once it is tried. Truth, which only the host itself finds out. */
export interface Fate {
  readonly pull: "works" | "fails" | "fails-once";
  readonly activation: "works" | "fails" | "needs-reboot";
  /** The boot loader's entry cannot be written. */
  readonly boot: "works" | "fails";
  /** It does not come up after a reboot. */
  readonly start: "works" | "fails";
  /** The host's own probes. */
  readonly probe: "works" | "fails";
  /** Its agent does not start. */
  readonly agent: "works" | "dies";
  /** What it carries (broker, hub) does not start. */
  readonly carries: "works" | "dies";
  /** What the sensors say of it. */
  readonly house: "well" | "ill" | "silent";
  /** Back from it the old system does not come up. */
  readonly wayBack: "works" | "fails";
}

export const FINE: Fate = {
  ...{ pull: "works", activation: "works", boot: "works", start: "works" },
  ...{ agent: "works", probe: "works", carries: "works", house: "well", wayBack: "works" },
};

/** All closures that CI has built so far. Whatever a person built by hand is fine. */
export class Closures {
  readonly #fates = new Map<StorePath, Fate>();
  readonly #pulled = new Set<StorePath>();

  add(path: StorePath, fate: Fate): void {
    this.#fates.set(path, fate);
  }

  of(path: StorePath): Fate {
    return this.#fates.get(path) ?? FINE;
  }

  isSignedByCi(path: StorePath): boolean {
    return this.#fates.has(path);
  }

  pull(path: StorePath): boolean {
    const { pull } = this.of(path);
    const again = this.#pulled.has(path);
    this.#pulled.add(path);
    return pull === "works" || (pull === "fails-once" && again);
  }
}

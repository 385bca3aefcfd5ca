import type { VirtualClock } from "./virtual-clock.ts";

/** Control flow of the model: the process ended between two steps. */
class Killed extends Error {}

/** The hub's process: it runs or not, and may end between any two steps of what it does. */
export class HubProcess {
  readonly #clock: VirtualClock;
  readonly #killed: () => void;
  #isUp: boolean = false;
  #life = 0;
  #killAfterSteps: number | null = null;

  /** @param killed told when the process died between two steps */
  constructor(clock: VirtualClock, killed: () => void) {
    this.#clock = clock;
    this.#killed = killed;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  begin(): void {
    this.#isUp = true;
    this.#life += 1;
  }

  end(): void {
    this.#isUp = false;
    this.#life += 1;
    this.#killAfterSteps = null;
  }

  /** Dies `steps` steps later, wherever that is. */
  killSoon(steps: number): void {
    if (this.#isUp) this.#killAfterSteps = steps;
  }

  alive(what: () => void): void {
    if (!this.#isUp) return;
    try {
      what();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#killed();
    }
  }

  /** In this process's own time: not after it has ended. */
  after(delayMs: number, what: () => void): void {
    const life = this.#life;
    this.#clock.after(delayMs, () => {
      if (life === this.#life) this.alive(what);
    });
  }

  /** Between any two steps of the shell. */
  step(): void {
    if (this.#killAfterSteps === null) return;
    if (this.#killAfterSteps === 0) throw new Killed();
    this.#killAfterSteps -= 1;
  }
}

/** Lets something happen now, or as soon as `everyMs` have passed since it last did. */
export class Pace {
  readonly #everyMs: number;
  readonly #run: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isAsked: boolean;

  constructor(everyMs: number, run: () => void) {
    this.#everyMs = everyMs;
    this.#run = run;
    this.#isAsked = false;
  }

  ask(): void {
    if (this.#timer) {
      this.#isAsked = true;
      return;
    }
    this.#timer = setTimeout(() => this.#over(), this.#everyMs);
    this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isAsked = false;
  }

  #over(): void {
    this.#timer = undefined;
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.ask();
  }
}

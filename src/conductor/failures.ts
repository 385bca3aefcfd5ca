import { NixwaveError } from "../contract/index.ts";

/** Whatever went wrong, under a code. */
export const asFailure = (error: unknown): NixwaveError =>
  error instanceof NixwaveError
    ? error
    : new NixwaveError("internal-error", String(error), { cause: error });

/** What nobody awaits must not vanish. */
export class Failures {
  readonly #listeners = new Set<(error: NixwaveError) => void>();

  listen(listener: (error: NixwaveError) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Never throws. */
  readonly tell = (error: unknown): void => {
    const failure = asFailure(error);
    for (const listener of [...this.#listeners]) {
      try {
        listener(failure);
      } catch {
        // whom a failure made fail can be told nothing more
      }
    }
  };
}

/**
 * What Node.js 24 has of explicit resource management and 22 has not, in as much as the command line uses it; esbuild
 * rewrites `using` itself, and takes the same SuppressedError (esbuild, internal/runtime/runtime.go).
 */
class EarlierSuppressedError extends Error {
  readonly error: unknown;
  readonly suppressed: unknown;

  constructor(error: unknown, suppressed: unknown, message?: string) {
    super(message);
    this.name = "SuppressedError";
    this.error = error;
    this.suppressed = suppressed;
  }
}

class EarlierAsyncDisposableStack {
  #ends: (() => unknown)[] = [];

  use<T extends AsyncDisposable>(one: T): T {
    this.defer(() => one[Symbol.asyncDispose]());
    return one;
  }

  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  async disposeAsync(): Promise<void> {
    const failures: unknown[] = [];
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw failures.reduce((before, after) => new EarlierSuppressedError(after, before));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }
}

const known = globalThis as unknown as Record<string, unknown>;
known["SuppressedError"] ??= EarlierSuppressedError;
known["AsyncDisposableStack"] ??= EarlierAsyncDisposableStack;

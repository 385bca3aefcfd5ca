import type { EpochMs } from "../contract/index.ts";

/** Everything a command may touch of its process; main.ts makes it from the real one, tests from memory. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; every path a person types is resolved against it. */
  readonly cwd: string;
  now(): EpochMs;
  /**
   * Resolves at the first SIGINT or SIGTERM after the call, or when nobody reads standard output any more.
   * Until it is called the signals keep their usual effect; a second signal always ends the process at once.
   */
  stopRequested(): Promise<NodeJS.Signals>;
}

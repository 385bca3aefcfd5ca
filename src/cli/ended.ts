import type { ExitStatus } from "./exit-status.ts";

/** Ends a command that has said its own last word with a status other than 0; nothing more is printed. */
export class Ended extends Error {
  readonly status: ExitStatus;

  constructor(status: ExitStatus) {
    super(`ended with ${status}`);
    this.status = status;
  }
}

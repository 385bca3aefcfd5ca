import { readFileSync } from "node:fs";
import { ContractError, type Progress, parsePayload } from "../../src/contract/index.ts";
import { Pace } from "./pace.ts";

/** At most two a second (DESIGN 5), the latest always. */
const EVERY_MS = 500;

/** Publishes what the activator writes about the step under way. A file from before the start says nothing. */
export class ProgressStream {
  readonly #path: string;
  readonly #publish: (progress: Progress) => void;
  readonly #pace = new Pace(EVERY_MS, () => this.#send());

  constructor(path: string, publish: (progress: Progress) => void) {
    this.#path = path;
    this.#publish = publish;
  }

  changed(): void {
    this.#pace.ask();
  }

  stop(): void {
    this.#pace.stop();
  }

  #send(): void {
    try {
      this.#publish(parsePayload("progress", readFileSync(this.#path)));
    } catch (error) {
      // It may be lost by design, gone or half understood: the report says what counts.
      if (!(error instanceof ContractError || (error as NodeJS.ErrnoException).code)) throw error;
    }
  }
}

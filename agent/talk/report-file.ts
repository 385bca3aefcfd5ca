import { readFileSync } from "node:fs";
import {
  ContractError,
  type HostName,
  type HostReport,
  hostReportCodec,
} from "../../src/contract/index.ts";

/**
 * The activator's report, as long as it makes sense. The agent must go on talking whatever lies there: a
 * file that is damaged or speaks of another host is named in the log, and the last good one stays in force.
 */
export class ReportFile {
  readonly #path: string;
  readonly #host: HostName;
  readonly #say: (line: string) => void;
  #good: HostReport | null = null;
  #bytes: Buffer | null = null;

  constructor(path: string, host: HostName, say: (line: string) => void) {
    this.#path = path;
    this.#host = host;
    this.#say = say;
  }

  /** The last good report; null where none was ever seen. */
  get report(): HostReport | null {
    return this.#good;
  }

  /** @returns whether there is something new to say */
  read(): boolean {
    const bytes = this.#readBytes();
    if (bytes === null || (this.#bytes !== null && bytes.equals(this.#bytes))) return false;
    this.#bytes = bytes;
    try {
      const report = hostReportCodec.parse(bytes);
      if (report.host !== this.#host) {
        return this.#damaged(`it is the report of ${report.host}, not of ${this.#host}`);
      }
      this.#good = report;
      return true;
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      return this.#damaged(`${error.code}: ${error.message}`);
    }
  }

  #readBytes(): Buffer | null {
    try {
      return readFileSync(this.#path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT") this.#damaged(message);
      return null;
    }
  }

  #damaged(why: string): false {
    const instead = this.#good === null ? "there is none before it" : "the one before it counts";
    this.#say(`the report file ${this.#path} cannot be used (${instead}): ${why}`);
    return false;
  }
}

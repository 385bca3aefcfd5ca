import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Log, Reported } from "../../src/contract/index.ts";
import { Pace } from "./pace.ts";

const EVERY_MS = 500;
const BATCH_LINES = 200;
/** Of text: a character becomes at most three bytes or an escape of two, and the wire carries 64 KiB. */
const BATCH_CHARACTERS = 16 * 1024;
const LINE_CHARACTERS = 1000;
const READ_BYTES = 16 * 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: programs colour their output even into a file
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu;

type Attempt = Pick<Log, "rollout" | "attempt">;

/**
 * Publishes the lines of a running switch for an operator who asked for them: read on from where it last
 * stopped, at most one batch in half a second, so that a switch that prints without end neither fills the
 * broker nor this process.
 */
export class LogStream {
  readonly #path: string;
  readonly #publish: (log: Log) => void;
  readonly #attempt: () => Pick<Reported, "rollout" | "attempt"> | null;
  readonly #pace = new Pace(EVERY_MS, () => this.#send());
  /** Of the file that is being read; a folder on disk gives the next file the same inode again. */
  #inode = 0;
  #bornMs = 0;
  #offset = 0;
  #first = 0;
  #decoder = new TextDecoder();
  /** Read, not yet sent; the last one may go on. */
  #text = "";

  constructor(
    path: string,
    attempt: () => Pick<Reported, "rollout" | "attempt"> | null,
    publish: (log: Log) => void,
  ) {
    this.#path = path;
    this.#attempt = attempt;
    this.#publish = publish;
  }

  changed(): void {
    this.#pace.ask();
  }

  stop(): void {
    this.#pace.stop();
  }

  #send(): void {
    const { rollout = null, attempt = null } = this.#attempt() ?? {};
    if (rollout === null || attempt === null) return;
    const isMore = this.#read();
    const lines = this.#takeLines();
    if (lines.length > 0) this.#tell({ rollout, attempt }, lines);
    if (isMore || this.#text.includes("\n")) this.#pace.ask();
  }

  #tell({ rollout, attempt }: Attempt, lines: readonly string[]): void {
    this.#publish({ v: 1, rollout, attempt, first: this.#first, lines });
    this.#first += lines.length;
  }

  /** @returns whether there is more to read */
  #read(): boolean {
    if (this.#text.length >= BATCH_CHARACTERS) return true;
    let file: number;
    try {
      file = openSync(this.#path, "r");
    } catch {
      return false; // gone with its attempt
    }
    try {
      const { ino, birthtimeMs, size } = fstatSync(file);
      const isOther = ino !== this.#inode || birthtimeMs !== this.#bornMs;
      if (isOther || size < this.#offset) this.#begin(ino, birthtimeMs);
      const { length, buffer } = chunk(file, this.#offset);
      this.#offset += length;
      this.#text += this.#decoder.decode(buffer.subarray(0, length), { stream: true });
      return this.#offset < size;
    } finally {
      closeSync(file);
    }
  }

  #begin(inode: number, bornMs: number): void {
    this.#inode = inode;
    this.#bornMs = bornMs;
    this.#offset = 0;
    this.#first = 0;
    this.#text = "";
    this.#decoder = new TextDecoder();
  }

  #takeLines(): string[] {
    const lines: string[] = [];
    let characters = 0;
    while (lines.length < BATCH_LINES && characters < BATCH_CHARACTERS) {
      const end = this.#text.indexOf("\n");
      if (end < 0 && this.#text.length < BATCH_CHARACTERS) break;
      const line = printable(end < 0 ? this.#text : this.#text.slice(0, end));
      this.#text = end < 0 ? "" : this.#text.slice(end + 1);
      characters += line.length;
      lines.push(line);
    }
    return lines;
  }
}

function chunk(file: number, position: number): { length: number; buffer: Buffer } {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  return { length: readSync(file, buffer, 0, READ_BYTES, position), buffer };
}

const printable = (line: string): string =>
  line
    .replace(COLOURS, "")
    .replace(/\t/g, "  ")
    .replace(UNPRINTABLE, "")
    .slice(0, LINE_CHARACTERS)
    .replace(/\p{Cs}$/u, "");

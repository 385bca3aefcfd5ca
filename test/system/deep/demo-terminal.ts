import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const LOOK_EVERY_MS = 200;

/** What a terminal showed at a moment, colours and all. */
export interface Shown {
  readonly atMs: number;
  readonly lines: readonly string[];
}

export interface TerminalOptions {
  /** Of its own tmux server. */
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  /** For `sh -c`. */
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A real terminal of tmux in which a command runs; what it shows is looked at a few times a second, and kept. */
export class DemoTerminal {
  readonly shown: Shown[] = [];
  readonly #name: string;
  readonly #looks = new Set<(text: string) => void>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;

  private constructor(name: string) {
    this.#name = name;
  }

  static async open({ name, columns, rows, command, env }: TerminalOptions): Promise<DemoTerminal> {
    const terminal = new DemoTerminal(name);
    const variables = Object.entries(env).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
    const size = ["-x", String(columns), "-y", String(rows)];
    await terminal.#tmux("-f", "/dev/null", "new-session", "-d", ...size, ...variables, command);
    const startedMs = performance.now();
    terminal.#timer = setInterval(() => {
      terminal.#looking ??= terminal.#look(startedMs).finally(() => {
        terminal.#looking = null;
      });
    }, LOOK_EVERY_MS);
    return terminal;
  }

  /** Characters as they are, without a name of a key among them. */
  type(text: string): Promise<void> {
    return this.#tmux("send-keys", "-t", "0", "-l", "--", text).then(() => undefined);
  }

  press(key: string): Promise<void> {
    return this.#tmux("send-keys", "-t", "0", key).then(() => undefined);
  }

  /** Resolves with the whole screen, without colours, as soon as it matches. */
  async until(isThere: RegExp, limitMs: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = (text: string): void => {
      if (isThere.test(text)) resolve(text);
    };
    this.#looks.add(look);
    const limit = setTimeout(
      () => reject(new Error(`${isThere} never came:\n${this.text}`)),
      limitMs,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
      this.#looks.delete(look);
    }
  }

  /** The last screen, without colours. */
  get text(): string {
    return plain(this.shown.at(-1)?.lines ?? []);
  }

  /** Everything that was written, long lines in one piece, without colours. */
  async history(): Promise<string> {
    return await this.#tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "0");
  }

  /** Whether a cursor is to be seen. */
  async hasCursor(): Promise<boolean> {
    return (await this.#tmux("display-message", "-p", "-t", "0", "#{cursor_flag}")).trim() === "1";
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#tmux("kill-server").catch(() => undefined);
  }

  async #look(startedMs: number): Promise<void> {
    try {
      const text = await this.#tmux("capture-pane", "-e", "-p", "-t", "0");
      const lines = text.split("\n").slice(0, -1);
      this.shown.push({ atMs: performance.now() - startedMs, lines });
      for (const look of [...this.#looks]) look(plain(lines));
    } catch {
      // it has ended; whoever waits is told by its limit
    }
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    return (await run("tmux", ["-L", this.#name, ...args])).stdout;
  }
}

const SGR = new RegExp(`${"\u001b"}\\[[0-9;]*m`, "g");
const plain = (lines: readonly string[]): string => lines.join("\n").replaceAll(SGR, "");

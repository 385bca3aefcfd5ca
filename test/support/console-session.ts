import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";

/** One `$ ` line of a session (with its `> ` lines) and what stands below it. */
export interface SessionStep {
  readonly command: string;
  /** `…` or `...` stands for anything in a line; alone on a line, for any number of lines. */
  readonly expected: readonly string[];
}

const CLOSING = "<!-- /session -->";
/** How long one command, or the words of one in the background, may take. */
const STEP_LIMIT_MS = 60_000;

/** The names of a document's sessions, in order. */
export const sessionNames = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^<!-- session: (.+) -->$/gm)].map(([, name]) => name ?? "");

/**
 * The steps of all ```console blocks between `<!-- session -->` and `<!-- /session -->`.
 * @param name of one of several: `<!-- session: NAME -->`
 * @throws when there is no session, or output without a command: a document that cannot be run must not pass
 */
export function readSession(markdown: string, name: string | null = null): readonly SessionStep[] {
  const blocks = [...sessionIn(markdown, name).matchAll(/^```console\n(.*?)^```$/gms)];
  const text = blocks.map(([, inner]) => inner ?? "").join("");
  const steps: { command: string; expected: string[] }[] = [];
  for (const line of text.split("\n")) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), expected: [] });
    else if (line === "" && last === undefined) continue;
    else if (last === undefined) throw new Error(`output without a command: ${line}`);
    else if (/^> ?/.test(line) && last.expected.length === 0) last.command += `\n${line.slice(2)}`;
    else last.expected.push(line);
  }
  if (steps.length === 0) throw new Error("the session has no command");
  return steps.map((step) => ({ ...step, expected: withoutBlankEnd(step.expected) }));
}

function sessionIn(markdown: string, name: string | null): string {
  const opening = name === null ? "<!-- session -->" : `<!-- session: ${name} -->`;
  const from = markdown.indexOf(opening);
  const to = markdown.indexOf(CLOSING, Math.max(0, from));
  if (from < 0 || to < from) throw new Error(`no ${opening} ... ${CLOSING}`);
  return markdown.slice(from + opening.length, to);
}

/** The blank line before the next prompt is layout, not output. */
function withoutBlankEnd(lines: readonly string[]): readonly string[] {
  const end = lines.findLastIndex((line) => line !== "");
  return lines.slice(0, end + 1);
}

const isWild = (line: string): boolean => line === "…" || line === "...";

/** Whether `output`, complete lines, is what the document promises. */
export function matches(expected: readonly string[], output: string): boolean {
  const parts = expected.map((line) =>
    isWild(line)
      ? "(?:[^\\n]*\\n)*?"
      : `${line
          .split(/…|\.\.\./)
          .map(escaped)
          .join("[^\\n]*")}[ \\t]*\\n`,
  );
  return new RegExp(`^${parts.join("")}$`, "u").test(output);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/**
 * Only a step that shows an error or a finding of the doctor may end with anything but 0.
 * @throws Error showing the difference
 */
export function requireAsPromised(step: SessionStep, status: number | null, said: string): void {
  const { command, expected } = step;
  const failed = status !== 0 && !expected.some((line) => /^error\[|^[✗!?] /.test(line));
  if (!failed && matches(expected, said)) return;
  const promised = expected.join("\n");
  throw new Error(
    `$ ${command}\nexit status ${status}\n--- the document promises\n${promised}\n--- it said\n${said}`,
  );
}

/** One bash in which the steps run one after another, as a person would paste them. */
export class SessionShell {
  readonly #bash: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = "";
  #heard: () => void = () => undefined;

  constructor(folder: string, env: Readonly<Record<string, string | undefined>>) {
    this.#bash = spawn("bash", ["--noprofile", "--norc"], {
      cwd: folder,
      env: { ...env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true, // a process group of its own, so that what it started ends with it
    });
    this.#exited = once(this.#bash, "exit");
    const hear = (chunk: Buffer): void => {
      this.#output += chunk.toString("utf8");
      this.#heard();
    };
    this.#bash.stdout?.on("data", hear);
    this.#bash.stderr?.on("data", hear);
    this.#bash.stdin?.write("exec 2>&1\n");
  }

  /**
   * Runs a step. For a command in the background its words are awaited, for any other only its end.
   * @throws Error showing the difference, when the output or the exit status is not as promised
   */
  async run({ command, expected }: SessionStep): Promise<void> {
    const mark = `end-of-step-${randomUUID()}:`;
    // Without /dev/null a command that reads its input would read the rest of the session.
    this.#bash.stdin?.write(`{ ${command}\n} </dev/null\nprintf '${mark}%s\\n' "$?"\n`);
    const end = new RegExp(`${mark}(\\d+)\\n`);
    await this.#until(() => end.test(this.#output), command);
    const status = Number(end.exec(this.#output)?.[1]);
    const words = (): string => this.#output.replace(end, "");
    const asPromised = (): boolean => matches(expected, words());
    if (/&\s*$/.test(command)) await this.#until(asPromised, command).catch(() => undefined);
    const said = words();
    this.#output = "";
    requireAsPromised({ command, expected }, status, said);
  }

  /** Ends the shell and everything it started. */
  async end(): Promise<void> {
    const { pid } = this.#bash;
    if (pid !== undefined && this.#bash.exitCode === null) process.kill(-pid, "SIGKILL");
    await this.#exited;
  }

  async #until(condition: () => boolean, command: string): Promise<void> {
    const stop = AbortSignal.timeout(STEP_LIMIT_MS);
    while (!condition()) {
      await new Promise<void>((resolve, reject) => {
        this.#heard = resolve;
        stop.onabort = () => reject(new Error(`no end after $ ${command}\n${this.#output}`));
        if (stop.aborted || this.#bash.exitCode !== null) {
          reject(new Error(`no end after $ ${command}\n${this.#output}`));
        }
      });
    }
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Reported } from "../../src/contract/index.ts";

interface ChildSettings {
  /** The activator's command line. */
  readonly command: readonly string[];
  readonly lock: string;
  /** Where an order lies until the activator takes it. */
  readonly order: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/** EX_TEMPFAIL: the activator hands over to the one of the system that runs now. */
const AGAIN = 75;
const MINUTE_MS = 60_000;
const SOONEST_MS = 250;
const FIRST_FAILURE_MS = 1000;
const KILL_AFTER_MS = 10_000;

/**
 * What systemd does on a real host, where a folder stands for one: the activator runs at the start, after
 * each order (one that comes while it runs starts it again, as PathExists does), at once after a
 * hand-over, and every minute while an attempt is open.
 */
export class ActivatorChild {
  readonly #settings: ChildSettings;
  #child: ChildProcess | null = null;
  #isWanted: boolean;
  #isStopping: boolean;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #waitMs: number | null = null;

  constructor(settings: ChildSettings) {
    this.#settings = settings;
    this.#isWanted = false;
    this.#isStopping = false;
  }

  wake(): void {
    if (this.#isStopping) return;
    if (this.#child) this.#isWanted = true;
    else this.#start();
  }

  /** When it is to run next, if nothing else happens. */
  plan({ phase, waiting, at }: Reported): void {
    const until = waiting?.until ?? null;
    const hintMs = until === null ? MINUTE_MS : Math.max(until - at, SOONEST_MS);
    this.#waitMs = phase === "idle" && !waiting ? null : Math.min(hintMs, MINUTE_MS);
    if (!this.#child) this.#schedule(this.#waitMs);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    if (!this.#child) return;
    const child = this.#child;
    const kill = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
    child.kill("SIGTERM");
    await once(child, "exit").catch(() => undefined); // it never started
    clearTimeout(kill);
  }

  #schedule(waitMs: number | null): void {
    clearTimeout(this.#timer);
    if (waitMs !== null && !this.#isStopping) this.#timer = setTimeout(() => this.wake(), waitMs);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#isWanted = false;
    const { command, lock, env } = this.#settings;
    mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
    const args = ["--no-fork", "--exclusive", lock, ...command];
    const child = spawn("flock", args, { env, stdio: ["ignore", "ignore", "inherit"] });
    this.#child = child;
    child.once("error", (error) => this.#ended(`did not start: ${error.message}`, null));
    child.once("exit", (status, signal) => this.#ended(`ended with ${signal ?? status}`, status));
  }

  #ended(how: string, status: number | null): void {
    if (!this.#child) return;
    this.#child = null;
    if (this.#isStopping) return;
    this.#failures = status === 0 ? 0 : this.#failures + 1;
    if (status !== 0 && status !== AGAIN) this.#settings.say(`the activator ${how}`);
    const isFirstHandOver = status === AGAIN && this.#failures === 1;
    // As with PathExists: one that the activator took before it ended starts nothing.
    const hasOrder = this.#isWanted && existsSync(this.#settings.order);
    if (hasOrder || isFirstHandOver) this.#start();
    else if (status === 0) this.#schedule(this.#waitMs);
    else this.#schedule(Math.min(FIRST_FAILURE_MS * 2 ** (this.#failures - 1), MINUTE_MS));
  }
}

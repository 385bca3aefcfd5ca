/** What systemd tells a Type=notify service through its environment (sd_notify(3)). */
export interface ServiceSocket {
  /** A path, or "@" and an abstract name. */
  readonly socket: string;
  /** In ms; null without WatchdogSec. */
  readonly watchdogMs: number | null;
  readonly path: string;
}

/** @param pid of this process: WATCHDOG_PID may name another one */
export function serviceSocketOf(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): ServiceSocket | null {
  const socket = env["NOTIFY_SOCKET"];
  if (socket === undefined || !/^[/@]./.test(socket)) return null;
  const isOurs = env["WATCHDOG_PID"] === undefined || env["WATCHDOG_PID"] === String(pid);
  const usec = Number(env["WATCHDOG_USEC"]);
  const watchdogMs = isOurs && Number.isSafeInteger(usec) && usec > 0 ? usec / 1000 : null;
  return { socket, watchdogMs, path: env["PATH"] ?? "" };
}

/**
 * Readiness and watchdog. Node opens no datagram socket of the unix family, so systemd's own
 * `systemd-notify` carries the message: a process now and then instead of a native module. It is a
 * child, so the unit needs NotifyAccess=all.
 */
export class ServiceNotices {
  readonly #socket: ServiceSocket | null;
  readonly #say: (line: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #isBroken: boolean;

  constructor(socket: ServiceSocket | null, say: (line: string) => void) {
    this.#socket = socket;
    this.#say = say;
    this.#isBroken = false;
  }

  /** @param health what goes on, in words; null when something hangs and systemd shall start us anew */
  begin(health: () => string | null): void {
    const watchdogMs = this.#socket?.watchdogMs ?? null;
    if (watchdogMs === null) return;
    this.#timer = setInterval(() => {
      const status = health();
      if (status !== null) void this.#send("WATCHDOG=1", `STATUS=${status}`);
    }, watchdogMs / 2).unref();
  }

  async ready(status: string): Promise<void> {
    await this.#send("READY=1", `STATUS=${status}`);
  }

  async stopping(): Promise<void> {
    clearInterval(this.#timer);
    await this.#send("STOPPING=1", "STATUS=saying goodbye");
  }

  async #send(...words: readonly string[]): Promise<void> {
    if (this.#socket === null) return;
    const { socket, path } = this.#socket;
    const { spawn } = await import("node:child_process");
    const env = { PATH: path, NOTIFY_SOCKET: socket };
    await new Promise<void>((resolve) => {
      const child = spawn("systemd-notify", words, { env, stdio: "ignore" });
      child.once("error", (error) => {
        if (!this.#isBroken) this.#say(`systemd does not hear from us: ${error.message}`);
        this.#isBroken = true;
        resolve();
      });
      child.once("exit", () => resolve());
    });
  }
}

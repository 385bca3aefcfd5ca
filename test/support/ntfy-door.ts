import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal } from "./ntfy-messages.ts";

type Right = "read" | "write";
/** Topic by topic; what is not named is denied. */
export type Rights = Readonly<Record<string, readonly Right[]>>;

interface DoorOptions {
  readonly everyone: Rights | "open";
  readonly tokens: Readonly<Record<string, Rights>>;
  readonly burst: number;
}

const REFILL_MS = 5000;

/** Who is let into the double of ntfy, and how often. */
export class NtfyDoor {
  readonly #options: DoorOptions;
  #tokens: number;
  #filledAt = Date.now();
  #busy: { status: number; retryAfter: string | null; times: number } | null = null;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#tokens = options.burst;
  }

  refuse(status: number, times: number, retryAfter: string | null): void {
    this.#busy = { status, times, retryAfter };
  }

  restrain(response: ServerResponse): void {
    if (this.#busy && this.#busy.times > 0) {
      const { status, retryAfter } = this.#busy;
      this.#busy.times -= 1;
      if (retryAfter !== null) response.setHeader("retry-after", retryAfter);
      throw new Refusal(status, status * 100 + 1, "limit reached: too many requests");
    }
    const earned = Math.floor((Date.now() - this.#filledAt) / REFILL_MS);
    this.#tokens = Math.min(this.#options.burst, this.#tokens + earned);
    this.#filledAt += earned * REFILL_MS;
    if (this.#tokens < 1) throw new Refusal(429, 42901, "limit reached: too many requests");
    this.#tokens -= 1;
  }

  allow(request: IncomingMessage, topic: string, right: Right): void {
    const { everyone, tokens } = this.#options;
    if (everyone === "open") return; // without "auth-file" nobody is asked
    const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (given !== undefined && !(given in tokens)) throw new Refusal(401, 40101, "unauthorized");
    const rights = given === undefined ? everyone : tokens[given];
    if (!rights?.[topic]?.includes(right) && !everyone[topic]?.includes(right)) {
      throw new Refusal(403, 40301, "forbidden");
    }
  }
}

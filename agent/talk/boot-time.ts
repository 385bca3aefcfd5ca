import { readFileSync } from "node:fs";
import { parseSessionId, type SessionId } from "../../src/contract/index.ts";

/** A moment that no wrong clock can move: which boot, and how long it has lasted, suspend included. */
export interface BootMoment {
  readonly bootId: SessionId;
  readonly bootMs: number;
}

/** From /proc, which stands for the machine on a development host too. Steps of 10 ms. */
export function bootMoment(): BootMoment {
  const bootId = parseSessionId(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const [seconds = ""] = readFileSync("/proc/uptime", "utf8").split(" ");
  return { bootId, bootMs: Math.round(Number(seconds) * 1000) };
}

import type { GuardWindow } from "../../agent/decide/window.ts";
import { DAY_MS, MINUTE_MS } from "../support/contract-builders.ts";
import type { HostMachine } from "./host-machine.ts";
import { NO_LIMITS } from "./host-rules.ts";
import type { Looked } from "./looked.ts";
import { Violation } from "./violation.ts";

/**
 * What a host's own configuration forbids does not happen on it (DESIGN 7, local guards): looked at when a trial
 * or a pull begins, in the simplest words and by none of the agent's functions. That a guard never keeps a host in
 * what nobody confirmed is `HostWatch`'s.
 */
export class GuardWatch {
  /** When trials began, by the host's own clock. */
  readonly #begun = new Map<string, readonly number[]>();
  readonly #looked: Looked;

  constructor(looked: Looked) {
    this.#looked = looked;
  }

  begins(host: HostMachine, what: "trial" | "pull"): void {
    const { guards } = host.limits;
    if (guards !== NO_LIMITS.guards) this.#looked.guarded += 1;
    if (what === "pull") {
      if (guards.laptop && host.mood.isMetered) this.#fail(host, "pulls over a metered link");
      return;
    }
    if (host.limits.mode === "observe") this.#fail(host, "begins a trial and only observes");
    if (host.otherAgents.length > 0) this.#fail(host, "begins a trial beside another agent");
    this.#inTime(host);
    if (guards.laptop) this.#whenLet(host, guards.laptop.minBatteryPercent);
  }

  #inTime(host: HostMachine): void {
    const { name, now } = host;
    const { window, minIntervalMs, maxPerDay } = host.limits.guards;
    if (window && !window.some((one) => isOpen(one, now)))
      this.#fail(host, "begins a trial outside of its window");
    const begun = this.#begun.get(name) ?? [];
    const within = (spanMs: number) => begun.filter((at) => Math.abs(now - at) < spanMs).length;
    if (within(minIntervalMs) > 0) this.#fail(host, "begins a trial too soon after the last");
    if (within(DAY_MS) >= (maxPerDay ?? Number.POSITIVE_INFINITY))
      this.#fail(host, "begins more trials in a day than it may");
    this.#begun.set(name, [...begun, now]);
  }

  #whenLet(host: HostMachine, minBatteryPercent: number): void {
    const { batteryPercent, sleepInhibitor, laterUntilBootMs } = host.mood;
    if ((batteryPercent ?? 100) < minBatteryPercent) this.#fail(host, "begins on a low battery");
    if (sleepInhibitor !== null) this.#fail(host, "begins although it asks not to be disturbed");
    if (laterUntilBootMs !== null && host.bootMs < laterUntilBootMs)
      this.#fail(host, "begins although somebody said later");
  }

  #fail({ name }: HostMachine, what: string): never {
    throw new Violation("the host's own rules", `${name} ${what}`);
  }
}

/** The host's zone is UTC; the window belongs to the day on which it begins. */
function isOpen({ days, from, to }: GuardWindow, now: number): boolean {
  const [today, yesterday] = [0, 1].map((back) => {
    const midnight = Math.floor(now / DAY_MS - back) * DAY_MS;
    const begins = midnight + from * MINUTE_MS;
    const ends = midnight + to * MINUTE_MS + (to > from ? 0 : DAY_MS);
    return days.includes(new Date(midnight).getUTCDay()) && begins <= now && now < ends;
  });
  return today === true || yesterday === true;
}

import type { OpenAttempt } from "../../src/contract/index.ts";
import type { SimulatedHost } from "./simulated-host.ts";
import { Violation } from "./violation.ts";

/** A return takes its time: the deadman's tick, and the switch back. */
const RETURN_MS = 60_000 + 15_000 + 30_000;

/**
 * Whatever died at whatever moment, each host is in the old system or the confirmed one (DESIGN 2, rule 1):
 * looked at after everything that happens.
 */
export class HostWatch {
  readonly #floors = new Map<string, number>();

  look(hosts: Iterable<SimulatedHost>): void {
    for (const host of hosts) {
      this.#bootDefault(host);
      this.#lease(host);
      this.#serial(host);
    }
  }

  /** Where a power cut leads: what was there first, what a person put there, or what was confirmed. */
  #bootDefault({ name, bootDefault, ownSystems, disk }: SimulatedHost): void {
    if (ownSystems.has(bootDefault)) return;
    const { committed, open } = disk.journal;
    if (open?.storePath === bootDefault && mayBootUnconfirmed(open)) return;
    if (committed.some(({ storePath }) => storePath === bootDefault)) return;
    throw new Violation("old or confirmed", `${name} would boot ${bootDefault}`);
  }

  /** Nothing stays that nobody confirmed: a trial ends with its lease. */
  #lease({ name, isOn, isAsleep, bootId, bootMs, wokeBootMs, disk }: SimulatedHost): void {
    const { trial } = disk;
    const { open } = disk.journal;
    if (!isOn || isAsleep || !trial || open?.phase !== "in-trial") return;
    // Asleep it runs nothing, and finds out when it wakes
    const due = Math.max(trial.deadlineMs, wokeBootMs) + RETURN_MS;
    if (trial.bootId === bootId && bootMs > due) {
      throw new Violation(
        "nothing stays unconfirmed",
        `${name} is past its lease and still in trial`,
      );
    }
  }

  #serial({ name, disk }: SimulatedHost): void {
    const floor = disk.ratchet.floor?.serial ?? 0;
    const before = this.#floors.get(name) ?? 0;
    if (floor < before) throw new Violation("serial never falls", `${name}: ${before} to ${floor}`);
    this.#floors.set(name, floor);
  }
}

/** A commit half done, and a reboot that a person approved where there is no other way (DESIGN 7, goal boot). */
const mayBootUnconfirmed = ({ phase, approved }: OpenAttempt): boolean =>
  approved !== undefined || phase === "committing" || phase === "reverting";

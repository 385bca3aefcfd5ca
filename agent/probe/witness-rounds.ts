import { setTimeout as delay } from "node:timers/promises";
import type { EpochMs, HostName, WitnessReport } from "../../src/contract/index.ts";
import type { ProbePlan, WitnessPlan } from "./probe-config.ts";

/** `reported` has room for so many probes of one witnessed host. */
const MOST_PROBES = 8;

interface WitnessParts {
  readonly probe: (
    plans: readonly ProbePlan[],
    stop: AbortSignal,
  ) => Promise<{ readonly probes: WitnessReport["probes"] }>;
  readonly now: () => EpochMs;
  /** After each round, until `stop`. */
  readonly onRound?: (report: WitnessReport, stop: AbortSignal) => void;
}

/**
 * What this host sees of others from outside (DESIGN 7, witness): one round after the other for each of them, over
 * fresh connections, by the unprivileged agent. A host that judges itself cannot say that nobody reaches it.
 */
export class WitnessRounds {
  readonly #plans: readonly WitnessPlan[];
  readonly #parts: WitnessParts;
  readonly #seen = new Map<HostName, WitnessReport>();
  readonly #ending = new AbortController();
  #changed: () => void;

  constructor(plans: readonly WitnessPlan[], parts: WitnessParts) {
    this.#plans = plans;
    this.#parts = parts;
    this.#changed = () => undefined;
  }

  /** @param changed called when a probe's state is another one than in the round before, and after the first round */
  begin(changed: () => void): void {
    this.#changed = changed;
    for (const plan of this.#plans) void this.#rounds(plan);
  }

  /** The last round of each host. */
  reports(): readonly WitnessReport[] {
    return [...this.#seen.values()];
  }

  end(): void {
    this.#ending.abort();
  }

  async #rounds({ host, everyMs, probes: plans }: WitnessPlan): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const { probes } = await this.#parts.probe(plans, signal);
      if (signal.aborted) return;
      const before = this.#seen.get(host);
      const report = { host, probes: probes.slice(0, MOST_PROBES), at: this.#parts.now() };
      this.#seen.set(host, report);
      this.#parts.onRound?.(report, signal);
      if (statesOf(before) !== statesOf(report)) this.#changed();
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

const statesOf = (report: WitnessReport | undefined): string =>
  report ? report.probes.map(({ state }) => state).join() : "";

import type { EpochMs } from "../../src/contract/index.ts";
import {
  entriesOf,
  type HostEntry,
  type PauseCondition,
  type RolloutEvent,
  type RolloutState,
} from "../../src/rollout/index.ts";
import { MINUTE_MS } from "../support/contract-builders.ts";
import type { Home } from "./home.ts";
import type { Random } from "./random.ts";

/** The one who lives there: looks at the phone now and then and answers what the rollout asks. */
export class Person {
  readonly #home: Home;
  readonly #chance: Random;

  constructor(home: Home, chance: Random) {
    this.#home = home;
    this.#chance = chance;
  }

  /** From now on, every so often. */
  live(everyMs: number): void {
    const delayMs = this.#chance.between(everyMs / 2, everyMs * 2);
    this.#home.clock.after(delayMs, () => {
      this.look();
      this.live(everyMs);
    });
  }

  look(): void {
    const { state } = this.#home.hub;
    for (const host of this.#home.hosts.values()) {
      if (host.phase === "locked" && this.#chance.chance(0.3)) host.unlock();
    }
    // Also between two rollouts, when nothing is paused that would say so
    if (state.fenced) this.#home.hub.tell((at) => ({ type: "FenceCleared", at, by: "ann" }));
    const [pause] = this.#chance.chance(0.2) ? [] : (state.rollout?.paused ?? []);
    if (pause && state.rollout?.phase !== "Completed") this.#answer(pause.condition, state);
  }

  /** Read, and approved in the host's own words; or left out. */
  #answerReboot({ host, bootRisk }: HostEntry, at: EpochMs): RolloutEvent {
    const by = "ann";
    if (bootRisk === null || this.#chance.chance(0.3)) return { type: "SkipAsked", at, by, host };
    return { type: "Approved", at, by, group: null, host, risk: bootRisk };
  }

  #answer(condition: PauseCondition, state: RolloutState): void {
    const { hub } = this.#home;
    const by = "ann";
    const entries = entriesOf(state.hosts);
    const troubled = entries.filter(({ step }) => step && TROUBLED.has(step.state) && !step.waived);
    const rebooting = troubled.find(({ step }) => step?.state === "NeedsReboot");
    const host = (troubled[0] ?? entries[0])?.host;
    if (!host) return;
    this.#home.tell("ann", `answers ${condition} about ${host}`);
    hub.tell((at) => {
      switch (condition) {
        case "Fenced":
          return { type: "FenceCleared", at, by };
        case "Hold":
          return { type: "HoldReleased", at, source: state.holds[0]?.source ?? ("wall" as never) };
        case "ApprovalRequired":
          if (rebooting) return this.#answerReboot(rebooting, at);
          return { type: "Approved", at, by, group: null, host: null };
        case "HostSilent":
          return { type: "SkipAsked", at, by, host };
        case "HostFailure":
          return this.#chance.pick([
            { type: "SkipAsked", at, by, host },
            { type: "SkipAsked", at, by, host },
            { type: "RetryAsked", at, by, host },
            { type: "AbortAsked", at, by, scope: this.#chance.pick(["failed", "group", "all"]) },
          ]);
        case "PreflightFailed":
        case "InconclusiveAnalysis":
        case "AnalysisError":
          return this.#chance.pick([
            { type: "PromoteAsked", at, by, host },
            { type: "AbortAsked", at, by, scope: "failed" },
          ]);
        default:
          return { type: "Tick", at };
      }
    });
  }
}

const TROUBLED: ReadonlySet<string> = new Set([
  ...["Unknown", "Rejected", "Failed", "NeedsReboot", "RolledBack", "TakenOver", "Inconsistent"],
  "Soaking",
]);

export const NOW_AND_THEN_MS = 25 * MINUTE_MS;

import type { HostName, WitnessReport } from "../../src/contract/index.ts";
import type { AwayPlan } from "../probe/away-config.ts";
import { awayMessage } from "./away-message.ts";
import {
  type AwayAnswer,
  type AwayState,
  type AwayWord,
  afterAnswer,
  afterRound,
  NOTHING_SEEN,
} from "./decide-away.ts";

interface AwayPorts {
  readonly post: (
    plan: AwayPlan,
    message: object,
    stop: AbortSignal,
  ) => Promise<{ readonly answer: AwayAnswer; readonly why: string }>;
  /** Does not count while this machine sleeps: a laptop that wakes has missed nobody meanwhile. */
  readonly nowMs: () => number;
  /** Begins every sequence id; of chance. */
  readonly salt: string;
  readonly timeZone: string | null;
  readonly say: (line: string) => void;
}

/** Tells people elsewhere that a host stays away, without broker and hub, which may live on that very host. */
export class AwayNotices {
  readonly #ports: AwayPorts;
  readonly #plans: ReadonlyMap<HostName, AwayPlan>;
  readonly #states = new Map<HostName, AwayState>();

  constructor(plans: ReadonlyMap<HostName, AwayPlan>, ports: AwayPorts) {
    this.#plans = plans;
    this.#ports = ports;
  }

  /** After each round; it keeps nobody waiting. */
  look({ host, probes, at }: WitnessReport, stop: AbortSignal): void {
    const plan = this.#plans.get(host);
    if (!plan) return;
    const round = { isReached: isReached(probes), at, nowMs: this.#ports.nowMs() };
    const { state, post } = afterRound(this.#stateOf(host), round, plan.afterMs);
    this.#states.set(host, state);
    if (post !== null) void this.#tell(host, plan, post, stop);
  }

  async #tell(host: HostName, plan: AwayPlan, word: AwayWord, stop: AbortSignal): Promise<void> {
    const { post, salt, timeZone, say, nowMs } = this.#ports;
    const { outage, reachedAt } = this.#stateOf(host);
    if (reachedAt === null) return;
    const sequence = `${salt}-${[...this.#plans.keys()].indexOf(host)}-${outage}`;
    const message = awayMessage(word, plan, { sequence, reachedAt, timeZone });
    const { answer, why } = await post(plan, message, stop);
    if (stop.aborted) return;
    this.#states.set(host, afterAnswer(this.#stateOf(host), word, answer, nowMs()));
    const told = answer.kind === "sent" ? "told" : `not told (${why})`;
    say(`${host} ${word === "gone" ? "stays away" : "is back"}: the server elsewhere was ${told}`);
  }

  #stateOf(host: HostName): AwayState {
    return this.#states.get(host) ?? NOTHING_SEEN;
  }
}

/**
 * One probe that passes shows that the machine is there, so "has not come back" would be a lie. What could not be
 * asked at all is evidence of nothing.
 */
function isReached(probes: WitnessReport["probes"]): boolean | null {
  if (probes.some(({ state }) => state === "passed")) return true;
  return probes.some(({ state }) => state === "failed") ? false : null;
}

import type { Decision } from "../conductor/index.ts";
import { COMPLETIONS, GATE_PLACES, VERDICTS } from "../rollout/index.ts";
import type { Sample } from "./samples.ts";

type Of<Type extends Decision["type"]> = Extract<Decision, { type: Type }>;
/** A counter grows by one; a histogram gets the value. */
export type Count = Sample;

/** Hosts on their turn at once; more than any plan lets go together. */
const TURNS_AT_MOST = 1_000;

/** What happened, as counts. Everything begins at 0 with the process, as Prometheus expects of counters. */
export class Tally {
  readonly #began = new Map<string, number>();

  /** What there is to count before anything happened: a series that is born with its first event hides that event from rate(). */
  static readonly atZero: readonly Omit<Count, "value">[] = [
    ...COMPLETIONS.map((outcome) => ({
      metric: "nixwave_rollouts_total" as const,
      labels: { outcome },
    })),
    ...GATE_PLACES.flatMap((place) =>
      VERDICTS.map((verdict) => ({
        metric: "nixwave_gate_verdicts_total" as const,
        labels: { place, verdict },
      })),
    ),
    ...["Succeeded", "RolledBack", "Failed"].map((outcome) => ({
      metric: "nixwave_attempts_total" as const,
      labels: { outcome },
    })),
  ];

  /** @returns what grows by this decision */
  count(decision: Decision): readonly Count[] {
    switch (decision.type) {
      case "RolloutEnded":
        return [
          once("nixwave_rollouts_total", { outcome: decision.rollout.completion ?? "Unknown" }),
        ];
      case "StepStarted":
        return this.#begin(decision);
      case "HostEnded":
        return this.#end(decision);
      case "GateJudged": {
        const { place, verdict } = decision;
        return [once("nixwave_gate_verdicts_total", { place, verdict })];
      }
      case "Order":
        return [once("nixwave_orders_total", { goal: decision.goal })];
      case "Asked": {
        const { asked, answer } = decision;
        const accepted = answer.accepted ? "yes" : "no";
        return [once("nixwave_requests_total", { verb: asked.verb, accepted })];
      }
      default:
        return [];
    }
  }

  /** One that goes on after a restart began nobody knows when. */
  #begin(step: Of<"StepStarted">): readonly Count[] {
    if (step.resumed) return [];
    this.#began.set(keyOf(step), step.at);
    const [oldest] = this.#began.keys();
    if (this.#began.size > TURNS_AT_MOST && oldest !== undefined) this.#began.delete(oldest);
    return [];
  }

  #end(ended: Of<"HostEnded">): readonly Count[] {
    const labels = { outcome: ended.state };
    const key = keyOf(ended);
    const began = this.#began.get(key);
    this.#began.delete(key);
    const counted = once("nixwave_attempts_total", labels);
    if (began === undefined) return [counted];
    const value = Math.max(0, ended.at - began) / 1000;
    return [counted, { metric: "nixwave_attempt_duration_seconds", labels, value }];
  }
}

const once = (metric: Count["metric"], labels: Count["labels"]): Count => ({
  metric,
  labels,
  value: 1,
});

const keyOf = ({ rollout, host, attempt }: Of<"StepStarted"> | Of<"HostEnded">): string =>
  `${rollout}/${host}/${attempt}`;

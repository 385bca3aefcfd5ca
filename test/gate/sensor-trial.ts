import { instant, parseHostName } from "../../src/contract/index.ts";
import {
  type GateEvent,
  type GatePlan,
  openGate,
  parsePlan,
  reduceGate,
  type Verdict,
} from "../../src/gate/index.ts";
import type { Fault, Quantity, SensorDay } from "./sensor-days.ts";

export const GATES = ["limit", "limit and baseline", "limit, baseline and control"] as const;
export type GateKind = (typeof GATES)[number];

const DEMANDS = {
  temperature: { is: "above", limit: 16, allowedIncrease: 2, allowedDecrease: 2 },
  humidity: { is: "below", limit: 75, allowedIncrease: 15, allowedDecrease: 25 },
} as const;

/** One topic with a limit and a soak of an hour; then with a baseline; then with the hall beside it. */
export function gateFor(quantity: Quantity, kind: GateKind, fault: Fault): GatePlan {
  const { allowedIncrease, allowedDecrease, ...limit } = DEMANDS[quantity];
  const change = kind === "limit" ? {} : { allowedIncrease, allowedDecrease };
  const control = kind === "limit, baseline and control" ? { control: { topic: "hall" } } : {};
  // A trial that silences a sensor is one of the host that carries it.
  const carriedBy = fault === "silent" ? { carriedBy: ["nuc"] } : {};
  const row = { topic: "room", stuckAfter: "30m", ...limit, ...change, ...control, ...carriedBy };
  return parsePlan({ rows: [row], soak: "1h", timeout: "3h" });
}

export interface Trial {
  readonly verdict: Verdict | null;
  /** Minutes from the activation to the verdict. */
  readonly minutes: number;
}

const RUN = "day";
const HOST = parseHostName("nuc");
const BEGIN = 1_760_000_000_000;
const at = (minute: number) => instant(BEGIN + minute * 60_000);

/** Plays a recorded day to a gate that listens from its first minute, until it has its verdict. */
export function playDay(plan: GatePlan, day: SensorDay): Trial {
  const dayBefore = day.recorded.filter(({ minute }) => minute > day.activation - 90);
  let state = openGate(plan, at(day.activation - 90));
  let verdict: Verdict | null = null;
  const send = (event: GateEvent): void => {
    state = reduceGate(state, event).state;
    verdict = state.verdict;
  };
  send({ type: "baseline-started", at: state.clock, run: RUN, host: HOST });
  let next = 0;
  for (
    let minute = day.activation - 89;
    verdict === null && minute < day.activation + 240;
    minute += 1
  ) {
    send({ type: "tick", at: at(minute) });
    while (next < dayBefore.length && (dayBefore[next]?.minute ?? 0) <= minute) {
      send(sampleOf(dayBefore[next] as SensorDay["recorded"][number], minute));
      next += 1;
    }
    if (minute === day.activation - 1) send({ type: "baseline-frozen", at: at(minute), run: RUN });
    if (minute === day.activation && verdict === null) {
      send({ type: "gate-started", at: at(minute), run: RUN, host: HOST, activatedAt: at(minute) });
    }
  }
  return { verdict, minutes: (state.clock - at(day.activation)) / 60_000 };
}

const sampleOf = (
  { source, value, retained }: SensorDay["recorded"][number],
  minute: number,
): GateEvent => ({
  type: "sample-received",
  at: at(minute),
  source,
  readings: [{ kind: "number", name: "", value }],
  retained,
});

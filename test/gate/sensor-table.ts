import type { VerdictStatus } from "../../src/gate/index.ts";
import { type Fault, type Quantity, recordDay, type SensorDay } from "./sensor-days.ts";
import { GATES, type GateKind, gateFor, playDay, type Trial } from "./sensor-trial.ts";

export interface Row {
  readonly quantity: Quantity;
  readonly fault: Fault;
  readonly gate: GateKind;
  readonly days: number;
  readonly ends: Readonly<Record<VerdictStatus, number>>;
  /** Minutes from the activation to Failed, fastest first. */
  readonly failedAfter: readonly number[];
}

const QUANTITIES = ["temperature", "humidity"] as const;
const FAULTS = ["none", "device", "frozen", "silent"] as const;

const DAYS = 100;

/** Each quantity, each fault, each gate, over the same days. */
export function sensorTable(): readonly Row[] {
  return QUANTITIES.flatMap((quantity) =>
    FAULTS.flatMap((fault) => {
      const recorded = Array.from({ length: DAYS }, (_, seed) =>
        recordDay({ seed: seed + 1, quantity, fault }),
      );
      return GATES.map((gate) => oneRow(quantity, fault, gate, recorded));
    }),
  );
}

function oneRow(quantity: Quantity, fault: Fault, gate: GateKind, days: readonly SensorDay[]): Row {
  const plan = gateFor(quantity, gate, fault);
  const trials = days.map((day) => playDay(plan, day));
  const count = (status: VerdictStatus): number =>
    trials.filter(({ verdict }) => verdict?.status === status).length;
  return {
    quantity,
    fault,
    gate,
    days: days.length,
    ends: {
      Successful: count("Successful"),
      Failed: count("Failed"),
      Inconclusive: count("Inconclusive"),
      Error: count("Error"),
      PreflightFailed: count("PreflightFailed"),
    },
    failedAfter: failedAfter(trials),
  };
}

const failedAfter = (trials: readonly Trial[]): number[] =>
  trials
    .filter(({ verdict }) => verdict?.status === "Failed")
    .map(({ minutes }) => minutes)
    .toSorted((one, other) => one - other);

const WORDS: Readonly<Record<Quantity, Readonly<Record<Fault, string>>>> = {
  temperature: {
    none: "nothing wrong",
    device: "heating stays off",
    frozen: "sensor freezes",
    silent: "evidence cut off",
  },
  humidity: {
    none: "nothing wrong",
    device: "fan stays off",
    frozen: "sensor freezes",
    silent: "evidence cut off",
  },
};

const after = (minutes: readonly number[], part: number): string =>
  minutes.length === 0 ? "" : String(minutes[Math.ceil(part * minutes.length) - 1]);

/** The table as Markdown: one line for each row, in days. */
export const markdownOf = (rows: readonly Row[]): string =>
  [
    "| sensor | what happens | gate | healthy | unhealthy | no verdict | unhealthy before | median min | 95 % min |",
    "|---|---|---|--:|--:|--:|--:|--:|--:|",
    ...rows.map(({ quantity, fault, gate, ends, failedAfter: minutes }) =>
      [
        "",
        quantity,
        WORDS[quantity][fault],
        gate,
        ends.Successful,
        ends.Failed,
        ends.Inconclusive + ends.Error,
        ends.PreflightFailed,
        after(minutes, 0.5),
        after(minutes, 0.95),
        "",
      ]
        .join(" | ")
        .trim(),
    ),
  ].join("\n");

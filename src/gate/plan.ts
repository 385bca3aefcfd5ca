import type { HostName } from "../contract/index.ts";
import type { Format } from "./reading.ts";

/** Over which connection a source speaks. */
export const LINKS = ["broker", "prometheus"] as const;
export type Link = (typeof LINKS)[number];

/** What a row demands of each reading. */
export const DEMANDS = [
  "above",
  "at-least",
  "below",
  "at-most",
  "on",
  "off",
  "online",
  "live",
  "steady",
  "no-new-alert",
] as const;
export type Demand = (typeof DEMANDS)[number];

/** A sensor that the deployment cannot touch (the next room): its change is taken off. */
export interface Control {
  readonly link: Link;
  /** Exactly one. */
  readonly sources: readonly string[];
  readonly format: Format;
  readonly path: string;
}

/** Makes a sensor report at once, where it can (Tasmota's TelePeriod, Zigbee2MQTT's get). */
export interface AskNow {
  readonly topic: string;
  readonly payload: string;
  readonly everyMs: number;
}

/** One line of a gate: some sources, what is demanded of them, and how many must meet it. */
export interface GateRow {
  readonly name: string;
  readonly link: Link;
  /** MQTT topics, or Prometheus queries. */
  readonly sources: readonly string[];
  readonly format: Format;
  readonly path: string;
  readonly is: Demand;
  readonly limit: number | null;
  /** As people write it behind a number, such as °C; "" for none. Nothing is converted by it. */
  readonly unit: string;
  /** Beyond the limit by no more than this is Inconclusive instead of Failed (units of the reading). */
  readonly margin: number;
  /** How many of the sources must meet the demand. */
  readonly quorum: number;
  /** How often each source reports. */
  readonly intervalMs: number;
  /** A reading older than this is no evidence. */
  readonly expireAfterMs: number;
  /** How long a source may be without a fresh reading. */
  readonly noDataLimitMs: number;
  /** A value that has not moved for this long is NoData; null: never. */
  readonly stuckAfterMs: number | null;
  /** How far back the median before activation reaches; null: no baseline. */
  readonly baselineWindowMs: number | null;
  readonly allowedIncrease: number | null;
  readonly allowedDecrease: number | null;
  readonly control: Control | null;
  /** Hosts whose deployment carries this evidence (broker, Zigbee bridge): silence after it is Failed. */
  readonly carriedBy: readonly HostName[];
  readonly ask: AskNow | null;
}

export const isCarriedBy = ({ carriedBy }: GateRow, host: HostName | null): boolean =>
  host !== null && carriedBy.includes(host);

/** A whole gate, parsed: every default filled in, and known to be satisfiable. */
export interface GatePlan {
  readonly rows: readonly GateRow[];
  /** Fresh healthy time of all rows together that it takes to pass. */
  readonly soakMs: number;
  /** Readings this soon after the activation are no evidence. */
  readonly initialDelayMs: number;
  /** After this long (time in which the hub was down not counted) the gate ends without success. */
  readonly timeoutMs: number;
  readonly consecutiveSuccess: number;
  /** This many failures among the last `failureWindow` measurements of a source fail it. */
  readonly failureCount: number;
  readonly failureWindow: number;
  /** This many unreadable payloads in a row of a source end the gate as Error. */
  readonly errorLimit: number;
  readonly onInconclusive: "pause" | "revert";
  /** Reports what it would have said; its verdicts do not bind. */
  readonly dryRun: boolean;
}

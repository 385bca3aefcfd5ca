import type { EpochMs, HostName } from "../contract/index.ts";

/** What one look at one source says. The five are never merged (DESIGN 9). */
export const MEASUREMENTS = ["Successful", "Failed", "Inconclusive", "NoData", "Error"] as const;
export type Measurement = (typeof MEASUREMENTS)[number];

/** How a gate's run ends. */
export const VERDICTS = [
  "Successful",
  "Failed",
  "Inconclusive",
  "Error",
  "PreflightFailed",
] as const;
export type VerdictStatus = (typeof VERDICTS)[number];

/** Why. Words for people are made from these, in `people`. */
export const REASONS = [
  /** Every row stayed healthy for the whole soak. */
  "soaked",
  /** A number beyond its limit. */
  "limit-crossed",
  /** On instead of off, off instead of on, offline instead of online. */
  "wrong-state",
  /** Further from its baseline than allowed. */
  "changed",
  /** An alert fires that did not fire before the activation. */
  "new-alert",
  /** No fresh reading for longer than allowed. */
  "no-data",
  /** As no-data, and the deployed host carries that evidence. */
  "evidence-lost",
  /** Fresh readings, all the same for longer than a living sensor allows. */
  "stuck",
  /** Payloads or answers that cannot be read. */
  "unreadable",
  /** The time ran out while readings went to and fro. */
  "flapping",
  /** The time ran out before the soak was full. */
  "timed-out",
  /** Too few readings before the activation for a baseline. */
  "too-few-readings",
] as const;
export type ReasonCode = (typeof REASONS)[number];

/** One reading as evidence. */
export interface Evidence {
  readonly row: string;
  readonly source: string;
  readonly at: EpochMs;
  readonly measurement: Measurement;
  /** The value as a person would write it, e.g. "21.5 °C", "on", "HostDown{host=\"rp4\"}". */
  readonly shown: string;
}

export interface Reason {
  readonly code: ReasonCode;
  /** The row at fault; "" when the gate as a whole is meant. */
  readonly row: string;
  /** One plain English sentence with the numbers in it. */
  readonly text: string;
}

export interface Verdict {
  readonly run: string;
  readonly host: HostName | null;
  readonly status: VerdictStatus;
  readonly reason: Reason;
  /** The newest readings behind it, at most a few of each source, oldest first. */
  readonly samples: readonly Evidence[];
  readonly at: EpochMs;
  /** False for a dry run: the rollout goes on as if the gate were not there. */
  readonly binding: boolean;
  /** What an Inconclusive or Error verdict asks for. */
  readonly onInconclusive: "pause" | "revert";
}

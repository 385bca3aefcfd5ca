import type { EpochMs, ErrorCode } from "../contract/index.ts";

/** The formats a gate can read. `decode` has one small file for each. */
export const FORMATS = [
  "tasmota",
  "zigbee2mqtt",
  "esphome",
  "shelly1",
  "shelly2",
  "plain",
  "json",
  "prometheus",
  "alerts",
] as const;
export type Format = (typeof FORMATS)[number];

interface Named {
  /** Where in the payload, e.g. "AM2301.Temperature"; "" when the payload is the value itself. */
  readonly name: string;
  /** The source's own time, where it has one that can be trusted (Prometheus). */
  readonly measuredAt?: EpochMs;
}

/** What one payload says, once. A word that nobody knows is `unknown`, never OFF. */
export type Reading =
  | (Named & { readonly kind: "number"; readonly value: number })
  | (Named & { readonly kind: "switch"; readonly on: boolean })
  | (Named & { readonly kind: "presence"; readonly online: boolean })
  | (Named & { readonly kind: "alerts"; readonly firing: readonly string[] })
  | (Named & { readonly kind: "unknown"; readonly shown: string });

/** A reading that says something. */
export type Known = Exclude<Reading, { readonly kind: "unknown" }>;

/** The readings of one payload, or why it was refused. */
export type Decoded =
  | {
      readonly ok: true;
      readonly readings: readonly Reading[];
      /** The payload names only what changed: what it does not name is neither here nor gone. */
      readonly partial: boolean;
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

import type { EpochMs, HostName } from "../contract/index.ts";
import type { Link } from "./plan.ts";
import type { Reading } from "./reading.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What a gate is told. `run` names one attempt ("rollout/host/attempt"): events of another run are
 * ignored, so that a late one never decides a newer attempt. `source` is a row's topic or query.
 */
export type GateEvent =
  | {
      readonly type: "bytes-received";
      readonly at: EpochMs;
      readonly source: string;
      readonly bytes: Uint8Array;
      readonly retained: boolean;
    }
  | {
      readonly type: "sample-received";
      readonly at: EpochMs;
      readonly source: string;
      readonly readings: readonly Reading[];
      readonly retained: boolean;
    }
  | {
      readonly type: "query-failed";
      readonly at: EpochMs;
      readonly source: string;
      readonly message: string;
    }
  | {
      readonly type: "baseline-started";
      readonly at: EpochMs;
      readonly run: string;
      readonly host: HostName;
    }
  | { readonly type: "baseline-frozen"; readonly at: EpochMs; readonly run: string }
  | {
      readonly type: "gate-started";
      readonly at: EpochMs;
      readonly run: string;
      readonly host: HostName;
      readonly activatedAt: EpochMs;
    }
  | { readonly type: "tick"; readonly at: EpochMs }
  | { readonly type: "link-lost"; readonly at: EpochMs; readonly link: Link }
  | { readonly type: "link-restored"; readonly at: EpochMs; readonly link: Link }
  | { readonly type: "abandoned"; readonly at: EpochMs; readonly run: string };

/** What a gate wants done. */
export type GateEffect =
  /** Publish this (never retained), so that a sensor reports at once. */
  | { readonly type: "ask-now"; readonly topic: string; readonly payload: string }
  /** The house was healthy before: the trial may be ordered once this state is durable. */
  | { readonly type: "preflight-passed"; readonly run: string }
  | { readonly type: "verdict-reached"; readonly verdict: Verdict };

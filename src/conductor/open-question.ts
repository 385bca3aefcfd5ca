import type { EpochMs, HostName, RolloutId } from "../contract/index.ts";
import type { Reason } from "../rollout/index.ts";

/** A question of the wires that nobody has answered. */
export interface OpenQuestion {
  readonly rollout: RolloutId;
  readonly host: HostName;
  readonly since: EpochMs;
  readonly why: Reason;
}

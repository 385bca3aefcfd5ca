import type { Facts } from "../decide/facts.ts";
import type { HostMemory } from "./host-memory.ts";
import type { ActivatorParts } from "./ports.ts";

/** What an action is performed with. */
export interface Stage {
  readonly parts: ActivatorParts;
  readonly memory: HostMemory;
  /** As read before the decision. */
  readonly facts: Facts;
  /** Mail came that overtakes this action. */
  readonly signal: AbortSignal;
  /** Says where the host stands, for an action that begins before that is said. Never fails for a disk. */
  readonly report: () => Promise<void>;
}

import {
  type Digest,
  type HostName,
  parseHostName,
  type SessionId,
} from "../../src/contract/index.ts";
import type {
  OfferedRelease,
  Reduction,
  RolloutEffect,
  RolloutEvent,
  RolloutState,
  reduce,
} from "../../src/rollout/index.ts";
import type { SealedStatement } from "../support/contract-builders.ts";
import type { BrokerModel } from "./broker-model.ts";
import type { GatePlan } from "./gate-door.ts";
import type { Random } from "./random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Carries broker and hub: it goes last. */
export const CARRIER: HostName = parseHostName("nuc");

/** What a watcher may know of the hub whose step it looks at. */
export interface WatchedHub {
  readonly name: string;
  /** Of this installation; a copied one has another. */
  readonly instance: SessionId;
  /** Durable, but perhaps not reduced yet. */
  readonly lastAppended: RolloutEvent | null;
}

export interface HubWatcher {
  readonly reduced: (
    hub: WatchedHub,
    before: RolloutState,
    event: RolloutEvent,
    after: Reduction,
  ) => void;
  readonly carriedOut: (hub: WatchedHub, effect: RolloutEffect) => void;
  readonly restarted: (hub: WatchedHub, before: RolloutState, after: RolloutState) => void;
}

export interface HubWorld {
  readonly clock: VirtualClock;
  readonly chance: Random;
  readonly broker: BrokerModel;
  readonly hosts: readonly HostName[];
  /** What CI has signed so far. */
  readonly statements: ReadonlyMap<Digest, SealedStatement>;
  readonly releases: ReadonlyMap<string, OfferedRelease>;
  readonly gatePlan: GatePlan;
  readonly watcher: HubWatcher;
  /** The rollout's reducer, or a broken one that a watcher must catch. */
  readonly mind: typeof reduce;
  readonly tell: (who: string, what: string) => void;
}

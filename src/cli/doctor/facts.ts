import type {
  Channel,
  EpochMs,
  HoldSource,
  HostName,
  Reported,
  RolloutStatus,
  SessionId,
  TopicBase,
} from "../../contract/index.ts";

/** What was looked at, or why nobody could look. Not knowing is never the same as nothing there. */
export type Known<T> =
  | { readonly isKnown: true; readonly value: T }
  | { readonly isKnown: false; readonly why: string };

export const known = <T>(value: T): Known<T> => ({ isKnown: true, value });
export const unknown = (why: string): Known<never> => ({ isKnown: false, why });

/** Everything the checks judge, gathered once. */
export interface Facts {
  readonly now: EpochMs;
  /** As this computer's own system says it; null where nobody can be asked. */
  readonly isClockSynchronised: boolean | null;
  /** This program's. */
  readonly version: string;
  readonly base: TopicBase;
  readonly channel: Channel;
  /** How long the home was listened to. */
  readonly listenedMs: number;
  readonly connection: Connection;
  readonly stranger: Known<Stranger>;
  /** Kinds of the wire that the broker refused to this account. */
  readonly refusedKinds: readonly string[];
  /** Null: the channel's topic is empty. */
  readonly statements: Known<readonly StatementSeen[] | null>;
  readonly orders: Known<readonly OrderSeen[]>;
  readonly reports: Known<readonly ReportSeen[]>;
  readonly presences: Known<readonly PresenceSeen[]>;
  /** Null: nothing is retained on hub/status. */
  readonly hub: Known<HubSeen | null>;
  readonly rollout: Known<RolloutSeen | null>;
  /** Who holds the fleet now. */
  readonly holds: Known<readonly HoldSource[]>;
  /** Hosts or hubs heard below another base. */
  readonly foreign: readonly ForeignBase[];
  /** What the broker retains below the base and the contract refuses. */
  readonly unreadable: readonly { readonly topic: string; readonly why: string }[];
  readonly flow: Known<FlowSeen>;
  readonly sensors: Known<readonly SensorSeen[]>;
  /** From where release nodes fetch. */
  readonly webs: Known<readonly WebSeen[]>;
}

export interface Connection {
  readonly broker: string;
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly wayOut: string;
  } | null;
}

/** Somebody without a user name. */
export interface Stranger {
  readonly isAdmitted: boolean;
  /** Topics, as the wire table names them, whose retained messages it was given. */
  readonly reads: readonly string[];
  /** Whether its message on a probe's order topic arrived; null: nobody could see it arrive. */
  readonly writesOrders: boolean | null;
}

export interface StatementSeen {
  readonly host: HostName;
  readonly serial: number;
  readonly expires: EpochMs;
  /** Why the trusted keys do not verify it; null: they do. */
  readonly fault: Known<string | null>;
}

export interface OrderSeen {
  readonly host: HostName;
  readonly hub: SessionId;
  /** Whether the hub's key signed it. */
  readonly isSigned: Known<boolean>;
}

export interface ReportSeen {
  readonly report: Reported;
  /** Said just now, not a retained copy: only then is its time a clock to compare with. */
  readonly isLive: boolean;
  readonly heardAt: EpochMs;
}

export interface PresenceSeen {
  readonly host: HostName;
  readonly isOnline: boolean;
}

export interface HubSeen {
  readonly isOnline: boolean;
  /** Births in the order in which they were heard, the retained one first. */
  readonly births: readonly SessionId[];
}

export interface RolloutSeen {
  readonly status: RolloutStatus;
  readonly isLive: boolean;
  readonly heardAt: EpochMs;
}

export interface ForeignBase {
  readonly base: string;
  readonly topics: readonly string[];
}

export interface FlowSeen {
  readonly file: string;
  /** Hosts of the fleet's node. */
  readonly hosts: readonly HostName[];
  readonly faults: readonly string[];
}

export interface WebSeen {
  /** Without its query. */
  readonly address: string;
  /** Null: it answers. */
  readonly failure: string | null;
  /** Perhaps for want of the token that the hub has. */
  readonly isBarred: boolean;
}

export interface SensorSeen {
  readonly topic: string;
  /** A reading older than this is no evidence. */
  readonly expiresMs: number;
  /** refused: the broker lets this account not listen to it. */
  readonly heard: "live" | "retained" | "never" | "refused";
}

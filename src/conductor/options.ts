import type {
  Channel,
  EpochMs,
  FleetName,
  HostName,
  NixwaveError,
  SecretKey,
  SessionId,
  TopicBase,
  TrustedKeys,
} from "../contract/index.ts";
import type { Home } from "../people/index.ts";
import type { Plan } from "../rollout/index.ts";
import type { HomeAssistantOptions } from "./home-assistant-desk.ts";
import type { HttpGet } from "./http-get.ts";
import type { HubBus } from "./hub-bus.ts";
import type { Timers } from "./timers.ts";

export interface ConductorOptions {
  /** Open already, with the hub's presence under `session`; it stays open when the conductor closes. */
  readonly bus: HubBus;
  readonly session: SessionId;
  /** The state folder; it is made when its parent is there. */
  readonly folder: string;
  readonly fleet: FleetName;
  readonly channel: Channel;
  readonly base: TopicBase;
  readonly releaseKeys: TrustedKeys;
  /** Signs orders; the hosts know its public half. */
  readonly key: SecretKey;
  /** Hosts of the fleet; also those that the plan does not name. */
  readonly hosts: readonly HostName[];
  /** For a new journal, and when the journal's plan names other hosts than the fleet has. */
  readonly plan: Plan;
  readonly home: Home;
  /** Absent or null: Home Assistant is told nothing. */
  readonly homeAssistant?: HomeAssistantOptions | null;
  readonly clock: () => EpochMs;
  readonly isClockSynchronised: () => boolean;
  /** Heard from the first moment on; `Conductor.onFailed` adds others. */
  readonly onFailed?: (error: NixwaveError) => void;
  /** The real ones by default. */
  readonly timers?: Timers;
  /** A UUID of chance by default. */
  readonly newSession?: () => SessionId;
  /** Over HTTP itself by default; for Prometheus. */
  readonly httpGet?: HttpGet;
}

import type { Bus, Subscription } from "../bus/index.ts";
import type { SessionId } from "../contract/index.ts";

/** What arrived on a topic that is none of Nixwave's. */
export interface Arrival {
  readonly topic: string;
  readonly bytes: Uint8Array;
  /** The broker's stored copy; false: published just now. */
  readonly retained: boolean;
}

/** What the hub's shell needs of its connection; the one who opened it closes it. */
export interface HubBus
  extends Pick<
    Bus,
    "connected" | "publish" | "retain" | "subscribe" | "snapshot" | "onConnection"
  > {
  /** Says goodbye and comes back over a new connection under `session`. Resolves when it stands. */
  renew(session: SessionId): Promise<void>;
  /** Listens outside the wire: sensors, switches. */
  listen(filter: string, onArrival: (arrival: Arrival) => void): Promise<Subscription>;
  /** Says something outside the wire, never retained. */
  say(topic: string, bytes: Uint8Array): Promise<void>;
}

export { DEFAULT_PACE, type ReconnectPace, reconnectDelayMs } from "./backoff.ts";
export {
  type BrokerEndpoint,
  type BrokerUrl,
  brokerEndpoint,
  parseBrokerUrl,
} from "./broker-url.ts";
export type { Bus, SnapshotOptions, Subscription } from "./bus.ts";
export type { BusEvent, ConnectionEvent } from "./bus-event.ts";
export { clientIdFor } from "./client-id.ts";
export type { Arrival, Packet } from "./connection.ts";
export type { TlsMaterial } from "./dial.ts";
export { openBus } from "./open-bus.ts";
export { openSharedBus, type SharedBusOptions } from "./open-shared-bus.ts";
export type { BusOptions, PresenceOptions } from "./options.ts";
export { foldPresence, isCurrentPresence, type KnownPresence } from "./presence.ts";
export type { SharedConnection, SharedEvents } from "./shared-connection.ts";
export type { Filter, Message } from "./subscriptions.ts";

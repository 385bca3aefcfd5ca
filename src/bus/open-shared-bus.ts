import { DEFAULT_BASE, type TopicBase } from "../contract/index.ts";
import type { Bus } from "./bus.ts";
import type { BusEvent } from "./bus-event.ts";
import type { Packet } from "./connection.ts";
import { MqttBus } from "./mqtt-bus.ts";
import type { PresenceOptions } from "./options.ts";
import type { SharedConnection } from "./shared-connection.ts";
import { SharedLine } from "./shared-line.ts";

export interface SharedBusOptions {
  readonly source: SharedConnection;
  /** Birth on every connection, and its will where the client has none of its own. */
  readonly presence: PresenceOptions;
  /** Before every topic; "nixwave/v1" by default. */
  readonly base?: TopicBase;
  readonly log?: (event: BusEvent) => void;
  /** Messages that are not retained and may wait for the broker; 1000 by default. */
  readonly outboxLimit?: number;
}

/**
 * The same bus over somebody else's client. It is there at once; what is published before the client has
 * connected waits, as it does whenever the broker is away.
 */
export function openSharedBus(options: SharedBusOptions): Bus {
  const { source, presence, log = () => undefined, base = DEFAULT_BASE, outboxLimit } = options;
  const core = { broker: source.broker, base, log, outboxLimit, presence };
  const bus: MqttBus<SharedLine> = new MqttBus(
    core,
    (events) => new SharedLine(source, () => bus.presencePacket("online") as Packet, events),
  );
  bus.line.open();
  return bus;
}

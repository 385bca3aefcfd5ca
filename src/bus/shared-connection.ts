import type { Arrival, Loss, Packet } from "./connection.ts";

export interface SharedEvents {
  /** A connection stands; told at once when one stood before. */
  readonly up: () => void;
  /** It is gone. Every `up` has its `down` before the next. */
  readonly down: (loss: Loss) => void;
}

/**
 * Somebody else's MQTT client, one for many users: it connects, reconnects and owns the address and the
 * credentials. What it promises is what a bus needs and such clients usually lack.
 */
export interface SharedConnection {
  /** For logs, without credentials. */
  readonly broker: string;
  /** Begins to use the client. Its connections carry `will` from now on, if need be after a reconnect. */
  open(will: Packet, events: SharedEvents): void;
  /** Sends at once. QoS 1 calls `acknowledged` on PUBACK or never; false: not sent, QoS 0 and congested. */
  publish(packet: Packet, acknowledged: () => void): boolean;
  /**
   * Sends a SUBSCRIBE in any case, so that retained copies come, perhaps more than once. Each `ref` is used
   * for one filter. Resolves with the granted QoS, or 128 and above: refused; never when the connection ends.
   */
  subscribe(
    filter: string,
    qos: 0 | 1,
    onArrival: (arrival: Arrival) => void,
    ref: string,
  ): Promise<number>;
  /** Others who use the same filter keep it. */
  unsubscribe(filter: string, ref: string): void;
  /** Ends the connection for everybody, in order. Resolves when it has ended. */
  end(): Promise<void>;
  /** Connects again, under another will. */
  begin(will: Packet): void;
  /** Leaves the client to its other users. */
  close(): Promise<void>;
}

import type { CoreClient, CorePacket, CoreSubscribeOptions } from "./core-broker-node.ts";

/** SUBACK's code for a filter that the broker refuses (MQTT 3.1.1, 3.9.3). */
const REFUSED = 0x80;

interface Wanted {
  readonly filter: string;
  readonly options: CoreSubscribeOptions;
  /** MQTT 5 properties under which the node has subscribed to it. */
  readonly known: () => unknown;
}

/**
 * Subscribes through `act`, or past it when the client sent nothing because it knows the filter already: only
 * a SUBSCRIBE brings the retained copies, and only its SUBACK says whether the broker grants it.
 * @returns the granted QoS or 128 and above; never when the connection ends
 */
export function askForGrant(
  client: CoreClient,
  { filter, options, known }: Wanted,
  act: () => void,
): Promise<number> {
  const force = (): unknown =>
    client.subscribe({ [filter]: options, resubscribe: true }, { properties: known() });
  const id = sentBy(client, filter, act) ?? sentBy(client, filter, force);
  return new Promise((resolve) => {
    if (id === undefined) return; // the client is disconnecting
    const onReceived = ({ cmd, messageId, granted }: CorePacket): void => {
      if (cmd !== "suback" || messageId !== id) return;
      client.off("packetreceive", onReceived);
      resolve(granted?.[0] ?? REFUSED);
    };
    client.on("packetreceive", onReceived);
  });
}

/** The message id of the SUBSCRIBE that `act` sends; the client tells of it before it returns. */
function sentBy(client: CoreClient, filter: string, act: () => unknown): number | undefined {
  let id: number | undefined;
  const onSent = ({ cmd, messageId, subscriptions }: CorePacket): void => {
    if (cmd === "subscribe" && subscriptions?.[0]?.topic === filter) id = messageId;
  };
  client.on("packetsend", onSent);
  try {
    act();
  } finally {
    client.off("packetsend", onSent);
  }
  return id;
}

/** Of all who share a filter, since the latest SUBSCRIBE counts for all of them. */
export function greatestQos(
  others: Readonly<Record<string, { readonly options: CoreSubscribeOptions }>> | undefined,
  own: 0 | 1,
): 0 | 1 | 2 {
  const all = Object.values(others ?? {}).map(({ options }) => options.qos);
  return Math.max(own, ...all) as 0 | 1 | 2;
}

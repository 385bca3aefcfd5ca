import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { brokerEndpoint } from "../../src/bus/index.ts";
import type { BenchBroker } from "./brokers.ts";
import {
  connectFrame,
  disconnectFrame,
  type Frame,
  framer,
  PUBACK,
  PUBLISH,
  pubackFrame,
  publishedId,
  subscribeFrame,
} from "./mqtt-bytes.ts";

/** One MQTT 3.1.1 connection without a library around it, light enough to have a thousand of. */
export interface LoadClient {
  /** Called for each PUBLISH, whose PUBACK has been sent, and each PUBACK. */
  onPacket: () => void;
  send(bytes: Uint8Array): void;
  end(): Promise<void>;
}

/** @throws Error when CONNECT or the subscription is refused */
export async function openLoadClient(
  broker: BenchBroker,
  user: string,
  topic: string | null,
): Promise<LoadClient> {
  const { host, port } = brokerEndpoint(broker.url);
  const socket = connect({ host, port, noDelay: true });
  const client: LoadClient = {
    onPacket: () => undefined,
    send: (bytes) => {
      socket.write(bytes);
    },
    end: async () => {
      socket.end(disconnectFrame());
      if (!socket.closed) await once(socket, "close");
    },
  };
  const answers = listen(socket, client);
  const lost = once(socket, "close").then((): never => {
    throw new Error(`${broker.url} closed the connection of ${user}`);
  });
  lost.catch(() => undefined);
  const { username, password } = broker.credentials(user);
  socket.write(connectFrame(`${user}-load`, username, password));
  // CONNACK's second byte is the return code, SUBACK's third the granted QoS (sections 3.2 and 3.9).
  const connack = await Promise.race([answers(), lost]);
  if (connack.body[1] !== 0) throw new Error(`${user} was refused with ${connack.body[1]}`);
  if (topic !== null) {
    socket.write(subscribeFrame(1, topic));
    const suback = await Promise.race([answers(), lost]);
    if (suback.body[2] !== 1) throw new Error(`${topic} was not granted at QoS 1`);
  }
  return client;
}

/** @returns waits for the next packet that is neither PUBLISH nor PUBACK */
function listen(socket: Socket, client: LoadClient): () => Promise<Frame> {
  const waiting: ((frame: Frame) => void)[] = [];
  const onBytes = framer((frame) => {
    if (frame.kind !== PUBLISH && frame.kind !== PUBACK) return waiting.shift()?.(frame);
    if (frame.kind === PUBLISH) socket.write(pubackFrame(publishedId(frame)));
    client.onPacket();
  });
  socket.on("data", onBytes);
  // The close that follows is what callers wait for.
  socket.on("error", () => undefined);
  return () => new Promise((resolve) => waiting.push(resolve));
}

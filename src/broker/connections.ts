import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Admission, Place } from "./admission.ts";
import type { BrokerEvent } from "./broker-event.ts";
import type { Peer } from "./identify.ts";
import type { Arrival, ArrivalHandlers } from "./listeners.ts";
import { guardPackets } from "./packet-guard.ts";

/** A CONNECT holds names, a password and the will's presence: before it no client gets room for more. */
const MAX_CONNECT_BYTES = 16 * 1024;

export interface Connections extends ArrivalHandlers {
  peerOf(stream: Duplex): Peer | undefined;
  /** Ends whatever is left; for sockets on which nobody said CONNECT. */
  endAll(): void;
}

/** Counts sockets, bounds their packets and remembers what is known of each until its client has a name. */
export function openConnections(
  admission: Admission,
  maxPacketBytes: number,
  handle: (stream: Duplex) => void,
  log: (event: BrokerEvent) => void,
): Connections {
  const places = new Map<string, Place>();
  const sockets = new Set<Socket>();
  const peers = new WeakMap<Duplex, Peer>();
  return {
    maxPacketBytes,
    peerOf: (stream) => peers.get(stream),
    endAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    refuseOrigin: (address, origin) => {
      const detail = `a page of ${origin.slice(0, 120)} tried to connect`;
      log({ kind: "refused", address, reason: "foreign-origin", detail });
    },
    admit: (socket) => {
      const address = socket.remoteAddress ?? "";
      const place = admission.enter(address);
      if (!place) {
        const detail = `no room for another connection from ${address}`;
        log({ kind: "refused", address, reason: "too-many-connections", detail });
        return false;
      }
      remember(socket, place, places, sockets);
      return true;
    },
    arrive: (arrival) => {
      const place = places.get(keyOf(arrival.socket));
      if (place) {
        peers.set(arrival.stream, guarded(arrival, place, maxPacketBytes, log));
        handle(arrival.stream);
      } else {
        arrival.stream.destroy();
      }
    },
  };
}

function remember(
  socket: Socket,
  place: Place,
  places: Map<string, Place>,
  sockets: Set<Socket>,
): void {
  const key = keyOf(socket);
  places.set(key, place);
  sockets.add(socket);
  socket.once("close", () => {
    places.delete(key);
    sockets.delete(socket);
    place.leave();
  });
  // A socket may fail before or after aedes listens to it; unheard, that would end the process.
  socket.on("error", () => undefined);
}

function guarded(
  { stream, socket, certificateName }: Arrival,
  place: Place,
  maxPacketBytes: number,
  log: (event: BrokerEvent) => void,
): Peer {
  const address = socket.remoteAddress ?? "";
  let limitBytes = MAX_CONNECT_BYTES;
  stream.on("error", () => undefined);
  guardPackets(
    stream,
    () => limitBytes,
    (breach) => {
      const detail = `a packet from ${address} is ${breach}; the limit is ${limitBytes} bytes`;
      log({ kind: "refused", address, reason: "packet-too-large", detail });
    },
  );
  const welcome = (): void => {
    limitBytes = maxPacketBytes;
  };
  return { address, certificateName, place, welcome };
}

/** A TLS socket wraps the one that was admitted; both have the same remote end. */
const keyOf = (socket: Socket): string =>
  `${socket.localPort} ${socket.remoteAddress} ${socket.remotePort}`;

import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import { NixwaveError } from "../contract/index.ts";
import type { BrokerEndpoint } from "./broker-url.ts";

/** PEM contents, never paths: whoever reads a key file decides who else may. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** Opens one new transport to the broker; errors arrive as the stream's "error". */
export type Dial = () => Duplex;

/**
 * The one place where a socket to a broker is opened, so that none misses no-delay: without it a
 * QoS 1 message that is answered asynchronously waits about 40 ms for a delayed ACK, because PUBACK
 * and answer are two small segments (Nagle). TLS and WebSocket code is loaded only when asked for.
 * @throws NixwaveError tls-material-invalid when certificate, key or CA are not usable PEM
 */
export async function dialFor(endpoint: BrokerEndpoint, tls: TlsMaterial = {}): Promise<Dial> {
  const socket =
    endpoint.protocol.endsWith("s") && endpoint.protocol !== "ws"
      ? await secureDial(endpoint, tls)
      : () => plainSocket(endpoint);
  return endpoint.protocol.startsWith("ws") ? webSocketDial(endpoint, socket) : socket;
}

const plainSocket = ({ host, port }: BrokerEndpoint): Socket =>
  connectTcp({ host, port, noDelay: true });

async function secureDial(endpoint: BrokerEndpoint, material: TlsMaterial): Promise<() => Socket> {
  const { connect: connectTls, createSecureContext } = await import("node:tls");
  const { host } = endpoint;
  const secureContext = contextOf(createSecureContext, material);
  return () => {
    const socket = plainSocket(endpoint);
    const secure = connectTls({
      secureContext,
      socket,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}), // RFC 6066: no addresses in SNI
      rejectUnauthorized: true,
    });
    socket.once("error", (error) => secure.destroy(error));
    return secure;
  };
}

function contextOf(
  create: (material: TlsMaterial) => SecureContext,
  material: TlsMaterial,
): SecureContext {
  try {
    return create(material);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NixwaveError(
      "tls-material-invalid",
      `certificate, key or CA cannot be used: ${why}`,
      {
        cause,
      },
    );
  }
}

async function webSocketDial(endpoint: BrokerEndpoint, socket: () => Socket): Promise<Dial> {
  const { streamBuilder } = await import("mqtt/lib/connect/ws");
  const { protocol, host, port, path } = endpoint;
  return () =>
    streamBuilder(undefined as never, {
      protocol: protocol as "ws" | "wss",
      hostname: host.includes(":") ? `[${host}]` : host,
      port,
      path,
      wsOptions: { createConnection: socket },
    }) as Duplex;
}

import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { encodeHello, GOODBYE, readConnack } from "./mqtt-hello.ts";
import { failed, type ProbedBroker, passed, type Seen, unseen } from "./probe-ports.ts";
import { openSocket, whyNot } from "./tcp-probe.ts";
import { frameOf, readFrames, readUpgrade, upgradeRequest } from "./web-socket-hello.ts";

const DEFAULT_PORT: Readonly<Record<string, number>> = {
  mqtt: 1883,
  mqtts: 8883,
  ws: 80,
  wss: 443,
};
const SWITCHING_PROTOCOLS = 101;
/** A CONNACK has four bytes and an upgrade's head some hundred. */
const ANSWER_BYTES = 16 * 1024;

interface Endpoint {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/**
 * Whether the configured broker greets a new connection: a CONNECT with this host's own login, over a new
 * socket. Without a password any CONNACK proves that an MQTT broker listens.
 */
export async function probeBroker(
  broker: ProbedBroker | null,
  host: string,
  stop: AbortSignal,
): Promise<Seen> {
  if (broker === null) return unseen("no broker is configured");
  const endpoint = endpointOf(broker.url);
  const streams: Duplex[] = [];
  try {
    const raw = openSocket(endpoint, stop);
    streams.push(raw);
    const stream = /^(?:mqtts|wss)$/.test(endpoint.protocol)
      ? await secured(raw, endpoint, broker)
      : raw;
    streams.unshift(stream);
    return await greet(stream, endpoint, broker.password, host);
  } catch (error) {
    return failed(whyNot(error));
  } finally {
    for (const stream of streams) stream.destroy();
  }
}

async function greet(
  stream: Duplex,
  endpoint: Endpoint,
  password: string | null,
  user: string,
): Promise<Seen> {
  // Client ids are bound to users; a fixed one would end a probe that runs at the same time.
  const clientId = `${user}-probe-${randomBytes(4).toString("hex")}`;
  const hello = encodeHello({ clientId, user, password });
  const answer = answersOf(stream);
  const isWeb = endpoint.protocol.startsWith("ws");
  if (isWeb) {
    stream.write(upgradeRequest(endpoint.host, endpoint.path));
    const { size, status } = await answer(readUpgrade);
    if (status !== SWITCHING_PROTOCOLS) return failed(`no WebSocket there: status ${status}`);
    stream.write(frameOf(hello));
    const code = await answer((bytes) => {
      const inside = readFrames(bytes.subarray(size));
      return inside === null ? null : readConnack(inside);
    });
    return judged(code, password);
  }
  stream.write(hello);
  const code = await answer(readConnack);
  if (code === 0) stream.write(GOODBYE);
  return judged(code, password);
}

function judged(code: number | null, password: string | null): Seen {
  if (code === null) return failed("answers, but not as an MQTT broker");
  if (code === 0) return passed("let us in");
  if (password === null) return passed(`answered (CONNACK ${code})`);
  return failed(`refused this host's login (CONNACK ${code})`);
}

/** Waits for what `read` finds in all bytes so far; `read` gives undefined while bytes are missing. */
function answersOf(stream: Duplex) {
  let bytes = Buffer.alloc(0);
  let heard = (): void => undefined;
  let over: Error | null = null;
  stream.on("data", (more: Buffer) => {
    bytes = Buffer.concat([bytes, more]);
    if (bytes.length > ANSWER_BYTES) over ??= new Error("said too much before it answered");
    heard();
  });
  const ended = (error?: Error): void => {
    over ??= error ?? new Error("closed the connection before it answered");
    heard();
  };
  stream
    .on("error", ended)
    .on("end", ended)
    .on("close", () => ended());
  return async <T>(read: (bytes: Buffer) => T | undefined): Promise<T> => {
    for (;;) {
      const found = read(bytes);
      if (found !== undefined) return found;
      if (over !== null) throw over;
      const { promise, resolve } = Promise.withResolvers<void>();
      heard = resolve;
      await promise;
    }
  };
}

async function secured(
  socket: Duplex,
  { host }: Endpoint,
  { ca, cert, key }: ProbedBroker,
): Promise<Duplex> {
  // Loaded where the broker's address asks for it only.
  const { connect } = await import("node:tls");
  const secure = connect({
    ...{ socket, host, rejectUnauthorized: true },
    ...(isIP(host) === 0 ? { servername: host } : {}), // RFC 6066: no addresses in SNI
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
  socket.once("error", (error) => secure.destroy(error));
  socket.once("close", () => secure.destroy());
  return secure.on("error", () => undefined);
}

/** A URL that the configuration has accepted; its own parser would bring the whole MQTT client along. */
function endpointOf(url: string): Endpoint {
  const { protocol, hostname, port, pathname } = new URL(url);
  const scheme = protocol.slice(0, -1);
  return {
    protocol: scheme,
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (DEFAULT_PORT[scheme] ?? 0) : Number(port),
    path: pathname === "" ? "/" : pathname,
  };
}

import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import { NixwaveError } from "../contract/index.ts";
import { isOwnOrigin } from "./origin.ts";

interface Place {
  /** Default 127.0.0.1: a broker is opened to the network on purpose only. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** PEM texts. */
export interface TlsMaterial {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  /** Who signs client certificates; without it none is trusted. */
  readonly ca?: string | Uint8Array;
  readonly requireCertificate?: boolean;
}

export type ListenerOptions =
  | ({ readonly kind: "tcp" } & Place)
  | ({ readonly kind: "tls" } & Place & TlsMaterial)
  | ({ readonly kind: "ws" } & Place & { readonly tls?: TlsMaterial });

export interface ListenerAddress {
  readonly kind: ListenerOptions["kind"];
  readonly host: string;
  readonly port: number;
  /** As a client's --broker takes it. */
  readonly url: string;
}

export interface Listener {
  readonly address: ListenerAddress;
  /** Stops accepting; the connections themselves are the broker's to close. */
  close(): Promise<void>;
}

/** What the listeners hand on: a byte stream on which one MQTT client speaks. */
export interface Arrival {
  readonly stream: Duplex;
  readonly socket: Socket;
  /** The common name of a client certificate that a trusted authority signed. */
  readonly certificateName: string | null;
}

export interface ArrivalHandlers {
  /** Called for each accepted socket before anything is read; false closes it. */
  readonly admit: (socket: Socket) => boolean;
  readonly arrive: (arrival: Arrival) => void;
  readonly refuseOrigin: (address: string, origin: string) => void;
  readonly maxPacketBytes: number;
}

/** How long a TLS or HTTP handshake may take. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Sooner than any router forgets a quiet connection. */
const TCP_KEEP_ALIVE_MS = 60_000;
/** An answered QoS 1 message otherwise waits some 40 ms for a delayed ACK. */
const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
} as const;

/** @throws NixwaveError port-in-use | listen-failed | tls-material-invalid */
export async function openListener(
  options: ListenerOptions,
  handlers: ArrivalHandlers,
): Promise<Listener> {
  const server = serverFor(options, handlers);
  // Before the server's own listener, which may hand the socket on at once.
  server.prependListener("connection", (socket: Socket) => {
    if (!handlers.admit(socket)) socket.destroy();
  });
  const host = options.host ?? "127.0.0.1";
  const port = await listen(server, host, options.port);
  return {
    address: {
      kind: options.kind,
      host,
      port,
      url: `${schemeOf(options)}://${inUrl(host)}:${port}`,
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

function serverFor(options: ListenerOptions, handlers: ArrivalHandlers): Server {
  switch (options.kind) {
    case "tcp":
      return createTcpServer(SOCKET_OPTIONS, (socket) =>
        handlers.arrive({ stream: socket, socket, certificateName: null }),
      );
    case "tls":
      return withTls(options, (tls) =>
        createTlsServer({ ...SOCKET_OPTIONS, ...tls }, (socket) =>
          handlers.arrive({ stream: socket, socket, certificateName: certificateNameOf(socket) }),
        ),
      );
    case "ws":
      return webSocketServer(options.tls, handlers);
  }
}

function webSocketServer(tls: TlsMaterial | undefined, handlers: ArrivalHandlers): Server {
  const timeouts = { headersTimeout: HANDSHAKE_TIMEOUT_MS, requestTimeout: HANDSHAKE_TIMEOUT_MS };
  const http = tls
    ? withTls(tls, (secure) => createHttpsServer({ ...SOCKET_OPTIONS, ...timeouts, ...secure }))
    : createHttpServer({ ...SOCKET_OPTIONS, ...timeouts });
  http.on("request", (_request, response) => {
    response.writeHead(426, { connection: "close", upgrade: "websocket" }).end();
  });
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: handlers.maxPacketBytes,
    perMessageDeflate: false,
    // MQTT 3.1.1 section 6: the sub-protocol must be named "mqtt".
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
    verifyClient: ({ req, origin }: { req: IncomingMessage; origin?: string }) => {
      const isOwn = isOwnOrigin(origin, req.headers.host);
      if (!isOwn) handlers.refuseOrigin(req.socket.remoteAddress ?? "", origin ?? "");
      return isOwn;
    },
  });
  sockets.on("error", () => undefined); // the same error reaches `listen` over the HTTP server
  sockets.on("connection", (webSocket, request) => {
    const { socket } = request;
    const certificateName = socket instanceof TLSSocket ? certificateNameOf(socket) : null;
    handlers.arrive({ stream: createWebSocketStream(webSocket), socket, certificateName });
  });
  return http;
}

function withTls<S extends Server>(material: TlsMaterial, create: (options: object) => S): S {
  const { cert, key, ca, requireCertificate = false } = material;
  const options = {
    cert: cert as string | Buffer,
    key: key as string | Buffer,
    ...(ca && { ca: ca as string | Buffer }),
    requestCert: ca !== undefined,
    rejectUnauthorized: requireCertificate,
    minVersion: "TLSv1.2",
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  };
  try {
    return create(options);
  } catch (cause) {
    throw new NixwaveError("tls-material-invalid", `TLS: ${(cause as Error).message}`, { cause });
  }
}

/** The name counts only if a trusted authority signed the certificate; several names are no name. */
function certificateNameOf(socket: TLSSocket): string | null {
  if (!socket.authorized) return null;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" ? name : null;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const where = `${host}:${port}`;
      reject(
        cause.code === "EADDRINUSE"
          ? new NixwaveError("port-in-use", `${where} is in use by another program`, {
              where,
              cause,
            })
          : new NixwaveError("listen-failed", `cannot listen on ${where}: ${cause.message}`, {
              where,
              cause,
            }),
      );
    });
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(address && typeof address === "object" ? address.port : port);
    });
  });
}

const schemeOf = (options: ListenerOptions): string =>
  ({ tcp: "mqtt", tls: "mqtts", ws: options.kind === "ws" && options.tls ? "wss" : "ws" })[
    options.kind
  ];

const inUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

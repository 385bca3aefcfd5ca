import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import RED from "node-red";
import { NixwaveError } from "../contract/index.ts";
import { type NodeRedPlaces, quietSettings } from "./quiet-settings.ts";

export interface EditorOptions extends NodeRedPlaces {
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM; the editor is served over HTTPS then. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Editor {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts Node-RED in this process and waits until the flow runs.
 * @throws NixwaveError editor-port-taken | flow-not-started
 */
export async function openEditor(options: EditorOptions): Promise<Editor> {
  const server = serverFor(options);
  const sockets = trackSockets(server);
  const origin = await listen(server, options.host ?? "127.0.0.1", options.port);
  const url = `${options.tls ? "https" : "http"}://${origin}`;
  const close = async (): Promise<void> => {
    await RED.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  try {
    RED.init(server, quietSettings(options) as unknown as Parameters<typeof RED.init>[1]);
    server.on("request", RED.httpAdmin);
    const started = flowStarted();
    await RED.start();
    await started;
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws NixwaveError tls-failed */
function serverFor({ tls }: EditorOptions): Server {
  if (!tls) return createServer();
  try {
    return createSecureServer(tls);
  } catch (cause) {
    const why = `certificate or key cannot be used: ${(cause as Error).message}`;
    throw new NixwaveError("tls-failed", why, { cause });
  }
}

interface RuntimeEvent {
  readonly id: string;
  readonly payload?: { readonly error?: string; readonly types?: readonly string[] };
}

/** With a missing node type or module Node-RED starts no flow at all, and only says so in passing. */
function flowStarted(): Promise<void> {
  return new Promise((resolve, reject) => {
    const onRuntime = ({ id, payload }: RuntimeEvent): void => {
      if (id !== "runtime-state" || !payload?.error) return;
      settle();
      const what = payload.types?.join(", ") ?? "";
      reject(new NixwaveError("flow-not-started", `${payload.error}: ${what}`));
    };
    const onStarted = (): void => {
      settle();
      resolve();
    };
    const settle = (): void => {
      RED.events.off("runtime-event", onRuntime);
      RED.events.off("flows:started", onStarted);
    };
    RED.events.on("runtime-event", onRuntime);
    RED.events.on("flows:started", onStarted);
  });
}

/** The editor's WebSockets outlive closeAllConnections, so every socket is known. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (cause) => {
      const isTaken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
      const why = isTaken ? " is in use by another program" : `: ${cause.message}`;
      reject(new NixwaveError("editor-port-taken", `${host}:${port}${why}`, { cause }));
    });
  });
  const { port: taken } = server.address() as AddressInfo;
  return host.includes(":") ? `[${host}]:${taken}` : `${host}:${taken}`;
}

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { failed, passed, type Seen } from "./probe-ports.ts";

interface Peer {
  /** A name is resolved anew at each call. */
  readonly host: string;
  readonly port: number;
}

/** Whether somebody accepts a new TCP connection. */
export async function probeTcp(peer: Peer, stop: AbortSignal): Promise<Seen> {
  const socket = openSocket(peer, stop);
  try {
    await once(socket, "connect", { signal: stop });
    return passed("connected");
  } catch (error) {
    return failed(whyNot(error));
  } finally {
    socket.destroy();
  }
}

/** Destroyed when `stop` fires. Its errors are for whoever listens; without a listener they end nobody. */
export function openSocket({ host, port }: Peer, stop: AbortSignal): Socket {
  // Nothing but these two: with a `path` beside them node:net would open a Unix socket.
  const socket = connect({ host, port, noDelay: true, signal: stop });
  socket.on("error", () => undefined);
  return socket;
}

/** An AggregateError, from a name with several addresses, says nothing itself. */
export function whyNot(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(whyNot).join(", ");
  return error instanceof Error ? error.message : String(error);
}

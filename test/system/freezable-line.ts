import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a port of this machine on which everything can be held up, as by a machine that hangs. */
export async function freezableLine(target: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port: target });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => sockets.delete(socket));
    }
    near.pipe(far);
    far.pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { readonly port: number }).port,
    freeze: (): void => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    /** Every connection ends at once; new ones go through. */
    cut: (): void => {
      for (const socket of sockets) socket.destroy();
    },
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

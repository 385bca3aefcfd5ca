import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of HTTP on a free port of this machine. @returns its origin, and what ends it and its connections */
export async function listenHttp(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

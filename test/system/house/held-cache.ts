import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveCache } from "../../../src/cli/demo/cache-server.ts";

/** A binary cache whose archives can be made to wait for hosts. */
export interface HeldCache {
  /** For hosts. */
  readonly url: string;
  /** For CI, which never waits. */
  readonly ciUrl: string;
  /** @returns lets them go */
  hold(): () => void;
  close(): Promise<void>;
}

export async function openHeldCache(directory: string): Promise<HeldCache> {
  const inner = await serveCache(directory);
  let gate: Promise<void> = Promise.resolve();
  const server = createServer(async ({ url = "", method = "GET" }, response) => {
    if (url.startsWith("/nar/")) await gate;
    const answer = await fetch(`${inner.url}${url}`, { method });
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ciUrl: inner.url,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await inner.close();
    },
  };
}

import { createReadStream } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

interface CacheServer {
  /** e.g. "http://127.0.0.1:40123" */
  readonly url: string;
  close(): Promise<void>;
}

/** Exactly the names that createDemoCache writes; anything else is not there, whatever the path says. */
const SERVED = /^\/(?:nix-cache-info|[0-9a-z]{32}\.narinfo|nar\/[0-9a-z]{32}\.nar)$/;

/** Serves a cache folder over HTTP on a free port of 127.0.0.1. */
export async function serveCache(directory: string): Promise<CacheServer> {
  const server = createServer((request, response) => {
    const name = request.url ?? "";
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405);
    if (!SERVED.test(name)) return refuse(response, 404);
    if (request.method === "HEAD") return refuse(response, 200);
    createReadStream(join(directory, name))
      .on("error", () => refuse(response, 404))
      .pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve).once("error", reject);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

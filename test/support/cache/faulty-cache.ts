import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Fault, FaultKind } from "./fault.ts";

export interface FaultyCache {
  readonly url: string;
  readonly port: number;
  /** What goes wrong from now on; an empty list for nothing. */
  faults: readonly Fault[];
  /** Before each answer, in ms. */
  latencyMs: number;
  /** The only login that is let in, as "user:password"; null for everybody. */
  login: string | null;
  /** The paths asked for, in their order. */
  readonly requests: string[];
  /** Resolves at the next request whose path matches. */
  asked(on: RegExp): Promise<void>;
  close(): Promise<void>;
}

type Waiter = { readonly on: RegExp; readonly done: () => void };

/** Serves a binary cache's folder over HTTP on a free port, and does wrong what it is told to. */
export async function serveFaultyCache(directory: string): Promise<FaultyCache> {
  const waiters: Waiter[] = [];
  const hits = new Map<Fault, number>();
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  const cache: FaultyCache = {
    url: `http://127.0.0.1:${port}`,
    port,
    faults: [],
    latencyMs: 0,
    login: null,
    requests: [],
    asked: (on) => new Promise((done) => waiters.push({ on, done })),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    cache.requests.push(path);
    for (const waiter of waiters.filter(({ on }) => on.test(path))) {
      waiters.splice(waiters.indexOf(waiter), 1);
      waiter.done();
    }
    if (cache.latencyMs > 0) await pause(cache.latencyMs);
    if (!mayEnter(request, cache.login)) return void response.writeHead(401).end();
    const fault = cache.faults.find((one) => one.on.test(path) && isLeft(one));
    if (fault) hits.set(fault, (hits.get(fault) ?? 0) + 1);
    const body = await readFile(join(directory, path)).catch(() => null);
    await send(request, response, body, fault?.how);
  }

  const isLeft = (fault: Fault): boolean => (hits.get(fault) ?? 0) < (fault.times ?? Infinity);
  return cache;
}

function mayEnter({ headers }: IncomingMessage, login: string | null): boolean {
  const wanted = `Basic ${Buffer.from(login ?? "").toString("base64")}`;
  return login === null || headers.authorization === wanted;
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  found: Buffer | null,
  how: FaultKind | undefined,
): Promise<void> {
  if (how?.kind === "hang") return;
  if (how?.kind === "reset") return void request.socket.destroy();
  if (how?.kind === "status") return void response.writeHead(how.status).end("no\n");
  if (how?.kind === "delay") await pause(how.ms);
  if (how?.kind === "body") return void response.end(how.text);
  if (found === null) return void response.writeHead(404).end();
  if (how?.kind === "edit") return void response.end(how.edit(found.toString("utf8")));
  const body = ranged(request, response, how?.kind === "flip" ? flipped(found) : found);
  if (how?.kind === "truncate" || how?.kind === "stall") {
    response.write(body.subarray(0, body.byteLength >> 1), () => {
      if (how.kind === "truncate") request.socket.end();
    });
    return;
  }
  if (how?.kind === "trickle") return await trickle(response, body, how.bytes);
  response.end(body);
}

/** Nix resumes a broken download with a Range. */
function ranged(request: IncomingMessage, response: ServerResponse, whole: Buffer): Buffer {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const body = whole.subarray(from);
  const range = from > 0 && {
    "content-range": `bytes ${from}-${whole.byteLength - 1}/${whole.byteLength}`,
  };
  const headers = { "content-length": body.byteLength, "accept-ranges": "bytes", ...range };
  response.writeHead(from > 0 ? 206 : 200, headers);
  return body;
}

function flipped(found: Buffer): Buffer {
  const body = Buffer.from(found);
  const middle = body.byteLength >> 1;
  body.writeUInt8((body[middle] ?? 0) ^ 0xff, middle);
  return body;
}

const TRICKLE_MS = 100;

async function trickle(response: ServerResponse, body: Buffer, bytes: number): Promise<void> {
  for (let at = 0; at < body.byteLength && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes));
    await pause(TRICKLE_MS);
  }
  response.end();
}

async function listen(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve).once("error", reject);
  });
}

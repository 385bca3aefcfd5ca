import dns from "node:dns";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Asking, askCache } from "../../agent/pull/ask-cache.ts";
import { pathFor } from "../support/contract-builders.ts";

const PATH = pathFor("next");
const ASKING: Asking = {
  logins: [{ machine: "127.0.0.1", user: "rp4", password: "secret" }],
  limitMs: 10_000,
  stop: undefined,
};

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const sendOn = (response: ServerResponse, location: string): void =>
  void response.writeHead(302, { location }).end();

describe("a cache that begins an answer", () => {
  it("and never ends it is given up in time, with the limit named", async () => {
    await using cache = await serve((_request, response) => void response.write("StoreDir: "));
    const answer = askCache(`http://127.0.0.1:${cache.port}`, PATH, { ...ASKING, limitMs: 300 });
    await expect(answer).rejects.toMatchObject({
      code: "cache-unreachable",
      message: expect.stringContaining("no answer within 0.3 s"),
    });
  });
});

describe("a cache whose name has several addresses", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is said to refuse at each of them where nobody listens", async () => {
    const { port } = await (async () => {
      await using gone = await serve(() => undefined);
      return gone;
    })();
    const both = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    vi.spyOn(dns, "lookup").mockImplementation(((
      _name: string,
      _options: unknown,
      found: (error: null, addresses: typeof both) => void,
    ) => found(null, both)) as never);
    await expect(askCache(`http://cache.lan:${port}`, PATH, ASKING)).rejects.toMatchObject({
      code: "cache-unreachable",
      message: expect.stringMatching(/ECONNREFUSED 127\.0\.0\.1.*ECONNREFUSED 127\.0\.0\.2/),
    });
  });
});

describe("a cache that sends on to another server", () => {
  it("is followed there, and its login stays behind", async () => {
    await using store = await serve(({ url }, response) => {
      if (url?.endsWith("nix-cache-info")) return void response.end("StoreDir: /nix/store\n");
      response.writeHead(404).end();
    });
    await using cache = await serve(({ url }, response) =>
      sendOn(response, `http://localhost:${store.port}${url}`),
    );
    expect(await askCache(`http://127.0.0.1:${cache.port}`, PATH, ASKING)).toBeNull();
    expect(cache.asked.map(({ headers }) => headers.authorization)).toEqual([
      expect.stringMatching(/^Basic /),
      expect.stringMatching(/^Basic /),
    ]);
    expect(store.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it("is given up when it goes in circles", async () => {
    await using cache = await serve(({ url }, response) => sendOn(response, url ?? "/"));
    const answer = askCache(`http://127.0.0.1:${cache.port}`, PATH, ASKING);
    await expect(answer).rejects.toMatchObject({
      code: "cache-unreachable",
      message: expect.stringContaining("leads nowhere"),
    });
    expect(cache.asked.length).toBeLessThanOrEqual(12);
  });

  it("is not followed out of the network", async () => {
    await using cache = await serve((_request, response) => sendOn(response, "file:///etc/passwd"));
    const answer = askCache(`http://127.0.0.1:${cache.port}`, PATH, ASKING);
    await expect(answer).rejects.toMatchObject({ code: "cache-unreachable" });
  });
});

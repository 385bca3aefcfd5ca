import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { pollRelease } from "../../node-red-nodes/release/poll-release.ts";
import { startPoller } from "../../node-red-nodes/release/poller.ts";
import type { Release } from "../../src/contract/index.ts";
import { CI_KEY, sealStatement, statementOf } from "../support/contract-builders.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const own = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    answer(request, response, Buffer.concat(parts).toString());
  });
  server = own;
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(own.address() as AddressInfo).port}/`;
}

const RELEASE = { v: 1, statements: [sealStatement(statementOf("new"), CI_KEY).envelope] };
const ask = (url: string, etag: string | null = null) =>
  pollRelease({ url: new URL(url), etag, token: "secret", signal: AbortSignal.timeout(5000) });

describe("a release from the web", () => {
  it("is read strictly, and asked for again only when it has changed", async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization);
      const isKnown = request.headers["if-none-match"] === '"1"';
      response.writeHead(isKnown ? 304 : 200, { etag: '"1"' });
      response.end(isKnown ? "" : JSON.stringify(RELEASE));
    });
    expect(await ask(url)).toMatchObject({ kind: "release", etag: '"1"', release: RELEASE });
    expect(await ask(url, '"1"')).toEqual({ kind: "unchanged" });
    expect(seen).toEqual(["Bearer secret", "Bearer secret"]);
  });

  it.each([
    [404, {}, { kind: "absent" }],
    [429, { "retry-after": "7" }, { kind: "busy", retryAfterMs: 7000 }],
    [503, {}, { kind: "busy", retryAfterMs: null }],
  ])("is not there at %i, which is no failure", async (status, headers, polled) => {
    const url = await serve((_request, response) => response.writeHead(status, headers).end("x"));
    expect(await ask(url)).toEqual(polled);
  });

  it.each([
    ["a server's failure", 500, "x", "web-request-failed"],
    ["what is no release", 200, "{}", "invalid-field"],
    ["more than a release may have", 200, "x".repeat(300_000), "too-large"],
  ])("is refused for %s", async (_what, status, body, code) => {
    const url = await serve((_request, response) => response.writeHead(status).end(body));
    await expect(ask(url)).rejects.toMatchObject({ code });
  });

  it("is looked for again after a failure, and given on once", async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(500).end();
      else if (request.headers["if-none-match"]) response.writeHead(304).end();
      else response.writeHead(200, { etag: '"1"' }).end(JSON.stringify(RELEASE));
    });
    const releases: Release[] = [];
    let last: string | null = null;
    const failures: Error[] = [];
    const quiet = Promise.withResolvers<string>();
    const stop = startPoller({
      ...{ url: new URL(url), token: "", everyMs: 20, etag: () => last },
      onRelease: (release, etag) => {
        releases.push(release);
        last = etag;
      },
      onQuiet: quiet.resolve,
      onFailed: (error) => failures.push(error),
    });
    expect(await quiet.promise).toBe("unchanged");
    stop();
    expect([releases.length, failures.length]).toEqual([1, 1]);
  });
});

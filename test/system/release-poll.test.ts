import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type Polled, pollRelease } from "../../node-red-nodes/release/poll-release.ts";
import { CI_KEY, sealStatement, statementOf } from "../support/contract-builders.ts";

const RELEASE = { v: 1, statements: [sealStatement(statementOf("new"), CI_KEY).envelope] };
const TEXT = JSON.stringify(RELEASE);
const TOKEN = "a-token-of-the-hub";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: Answer): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ask = (url: string, etag: string | null = null): Promise<Polled> =>
  pollRelease({ url: new URL(url), etag, token: TOKEN, signal: AbortSignal.timeout(10_000) });
const failure = async (url: string): Promise<{ code: string; message: string }> =>
  await ask(url).then(
    (polled) => ({ code: polled.kind, message: "" }),
    (error: { code: string; message: string }) => error,
  );

describe("a release behind a redirect", () => {
  it("is fetched from another origin without the token, and its ETag is of the last answer", async () => {
    const seen: IncomingMessage["headers"][] = [];
    const storage = await serve((request, response) => {
      seen.push(request.headers);
      const isKnown = request.headers["if-none-match"] === '"s"';
      response.writeHead(isKnown ? 304 : 200, { etag: '"s"' }).end(isKnown ? "" : TEXT);
    });
    const door = await serve((request, response) => {
      expect(request.headers.authorization).toBe(`Bearer ${TOKEN}`);
      response.writeHead(302, { location: `${storage}/asset?signature=x`, etag: '"door"' }).end();
    });
    expect(await ask(door)).toEqual({ kind: "release", release: RELEASE, etag: '"s"' });
    expect(await ask(door, '"s"')).toEqual({ kind: "unchanged" });
    expect(seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  });

  it("of the same origin keeps the token", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/") response.writeHead(301, { location: "/moved" }).end();
      else response.writeHead(request.headers.authorization ? 200 : 401).end(TEXT);
    });
    expect(await ask(url)).toMatchObject({ kind: "release", etag: null });
  });

  it("that leads round in a circle is a failure and no hang", async () => {
    const url = await serve((_request, response) =>
      response.writeHead(302, { location: "/" }).end(),
    );
    expect(await failure(url)).toMatchObject({ code: "web-request-failed" });
  });
});

describe("a redirect that is not followed", () => {
  const redirected = async (location: string): Promise<string> => {
    const asked = await serve((_request, response) => response.writeHead(302, { location }).end());
    const { code, message } = await failure(asked);
    expect(code).toBe("web-request-failed");
    return message;
  };

  it.each([
    ["http://example.org/main.json?signature=secret", "it leads to http://example.org;"],
    ["ftp://example.org/main.json", "it leads to ftp://example.org;"],
    ["https://anna:secret@example.org/", "it leads to https://example.org;"],
    ["http://[", "it leads to nowhere;"],
  ])("leads to %s", async (location, said) => {
    const message = await redirected(location);
    expect(message).toContain(said);
    expect(message).not.toContain("secret");
  });
});

describe("a rate limit", () => {
  const limited = async (status: number, headers: Record<string, string>): Promise<Polled> =>
    await ask(await serve((_request, response) => response.writeHead(status, headers).end("{}")));

  it.each([403, 429])("as %i names how long to rest", async (status) => {
    expect(await limited(status, { "retry-after": "90" })).toEqual({
      kind: "busy",
      retryAfterMs: 90_000,
    });
  });

  it.each([403, 429])("as %i with nothing left rests until the hour is over", async (status) => {
    const reset = Math.floor(Date.now() / 1000) + 1800;
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
    const polled = await limited(status, headers);
    const rest = polled.kind === "busy" ? (polled.retryAfterMs ?? 0) : 0;
    expect(rest).toBeGreaterThan(1_700_000);
    expect(rest).toBeLessThanOrEqual(1_800_000);
  });

  it("that is over already asks for no rest", async () => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" };
    expect(await limited(403, headers)).toEqual({ kind: "busy", retryAfterMs: 0 });
  });

  it("is not what a 403 without such headers means", async () => {
    await expect(limited(403, { "x-ratelimit-remaining": "12" })).rejects.toMatchObject({
      code: "web-request-failed",
      message: expect.stringContaining("it answered 403"),
    });
  });
});

describe("an answer that is no release", () => {
  it.each<[string, Answer, string]>([
    [
      "a login page",
      (_request, response) =>
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>"),
      "web-request-failed",
    ],
    [
      "a page that says nothing of its kind",
      (_request, response) => response.end("<html>"),
      "not-json",
    ],
    [
      "a length that was cut short",
      (request, response) => {
        response.writeHead(200, { "content-length": String(TEXT.length) });
        response.write(TEXT.slice(0, 100), () => request.socket.destroy());
      },
      "web-request-failed",
    ],
    [
      "a chunk that never ended",
      (request, response) => {
        response.writeHead(200, { "transfer-encoding": "chunked" });
        response.write(TEXT.slice(0, 100), () => request.socket.destroy());
      },
      "web-request-failed",
    ],
    [
      "half of a release, whole",
      (_request, response) => response.end(TEXT.slice(0, 100)),
      "not-json",
    ],
    ["nothing", (_request, response) => response.end(), "not-json"],
    [
      "an announced length that is too large",
      (_request, response) => {
        response.writeHead(200, { "content-length": "1000000000" });
        response.write("x"); // and no more ever comes
      },
      "too-large",
    ],
    [
      "a stream without an end",
      (_request, response) => {
        const more = (): void =>
          void (response.destroyed || response.write("x".repeat(65_536), more));
        more();
      },
      "too-large",
    ],
    [
      "what grows large when it is unpacked",
      (_request, response) => {
        response.writeHead(200, { "content-encoding": "gzip" });
        response.end(gzipSync(Buffer.alloc(50_000_000, " ")));
      },
      "too-large",
    ],
  ])("is refused: %s", async (_what, answer, code) => {
    const failed = await failure(await serve(answer));
    expect(failed.code).toBe(code);
    expect(failed.message).not.toContain(TOKEN);
  });
});

describe("GitHub's contents API", () => {
  it("is asked for the file itself, not for its wrapping", async () => {
    const url = await serve((request, response) => {
      const isRaw = request.headers.accept === "application/vnd.github.raw+json";
      response.end(isRaw ? TEXT : JSON.stringify({ content: "e30=" }));
    });
    const polled = await ask(`${url}/repos/someone/homelab/contents/main.json?ref=nixwave`);
    expect(polled.kind).toBe("release");
  });
});

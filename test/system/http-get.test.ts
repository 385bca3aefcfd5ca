import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { httpGet } from "../../src/conductor/http-get.ts";
import { listenHttp } from "../support/listen-http.ts";

describe("a GET for Prometheus", () => {
  let server: Awaited<ReturnType<typeof listenHttp>>;
  beforeAll(async () => {
    server = await listenHttp(({ url }, response) => {
      if (url === "/elsewhere") response.writeHead(302, { location: "/" }).end("moved");
      else if (url === "/refused") response.writeHead(422).end("bad query");
      else response.write("the beginning");
    });
  });
  afterAll(() => server.close());
  const never = new AbortController().signal;

  it("gives the words of a refusal", async () => {
    const parts: Uint8Array[] = [];
    for await (const part of await httpGet(new URL("/refused", server.url), never))
      parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe("bad query");
  });

  it("follows nobody elsewhere", async () => {
    await expect(httpGet(new URL("/elsewhere", server.url), never)).rejects.toThrow("answered 302");
  });

  it("fails where nobody listens", async () => {
    await expect(httpGet(new URL("http://127.0.0.1:1/"), never)).rejects.toThrow("ECONNREFUSED");
  });

  it("ends in the middle of an answer when it is told to", async () => {
    const closing = new AbortController();
    const body = await httpGet(new URL("/", server.url), closing.signal);
    const reading = (async () => {
      for await (const part of body) {
        expect(Buffer.from(part).toString()).toBe("the beginning");
        closing.abort();
      }
    })();
    await expect(reading).rejects.toThrow("aborted");
  });
});

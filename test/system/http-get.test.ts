import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { httpGet } from "../../src/conductor/http-get.ts";

describe("a GET for Prometheus", () => {
  const server = createServer(({ url }, response) => {
    if (url === "/elsewhere") response.writeHead(302, { location: "/" }).end("moved");
    else if (url === "/refused") response.writeHead(422).end("bad query");
    else response.write("the beginning");
  });
  let at = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const never = new AbortController().signal;

  it("gives the words of a refusal", async () => {
    const parts: Uint8Array[] = [];
    for await (const part of await httpGet(new URL("/refused", at), never)) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe("bad query");
  });

  it("follows nobody elsewhere", async () => {
    await expect(httpGet(new URL("/elsewhere", at), never)).rejects.toThrow("answered 302");
  });

  it("fails where nobody listens", async () => {
    await expect(httpGet(new URL("http://127.0.0.1:1/"), never)).rejects.toThrow("ECONNREFUSED");
  });

  it("ends in the middle of an answer when it is told to", async () => {
    const closing = new AbortController();
    const body = await httpGet(new URL("/", at), closing.signal);
    const reading = (async () => {
      for await (const part of body) {
        expect(Buffer.from(part).toString()).toBe("the beginning");
        closing.abort();
      }
    })();
    await expect(reading).rejects.toThrow("aborted");
  });
});

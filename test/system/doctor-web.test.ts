import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookAtWeb } from "../../src/cli/doctor/look-at-web.ts";
import { listenHttp } from "../support/listen-http.ts";

describe("the doctor's look at a release's web address", () => {
  let server: Awaited<ReturnType<typeof listenHttp>>;
  beforeAll(async () => {
    server = await listenHttp(({ url = "" }, response) => {
      response.writeHead(Number(url.slice(1, 4))).end("{}");
    });
  });
  afterAll(() => server.close());

  it.each([
    [200, null, false],
    [500, "it answered 500", false],
    [401, "it answered 401", true],
    [404, "it answered 404", true],
  ])("answered with %i it says %j, and never the query", async (status, failure, isBarred) => {
    const address = `${server.url}/${status}`;
    expect(await lookAtWeb(`${address}?token=secret`)).toEqual({ address, failure, isBarred });
  });

  it("says why nobody answers", async () => {
    const gone = await listenHttp(() => undefined);
    await gone.close();
    const { failure } = await lookAtWeb(`${gone.url}/`);
    expect(failure).toContain("ECONNREFUSED");
  });

  it.each([
    ["http://ci.example/main.json", "http://ci.example: it must begin with https://"],
    ["ci.example", "the address of the release is no web address"],
  ])("asks nobody at %s, which the release node refuses", async (text, failure) => {
    expect((await lookAtWeb(text)).failure).toBe(failure);
  });
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookAtWeb } from "../../src/cli/doctor/look-at-web.ts";

describe("the doctor's look at a release's web address", () => {
  const server = createServer(({ url = "" }, response) => {
    response.writeHead(Number(url.slice(1, 4))).end("{}");
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

  it.each([
    [200, null, false],
    [500, "it answered 500", false],
    [401, "it answered 401", true],
    [404, "it answered 404", true],
  ])("answered with %i it says %j, and never the query", async (status, failure, isBarred) => {
    const address = `${at}/${status}`;
    expect(await lookAtWeb(`${address}?token=secret`)).toEqual({ address, failure, isBarred });
  });

  it("says why nobody answers", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const { failure } = await lookAtWeb(`http://127.0.0.1:${port}/`);
    expect(failure).toContain("ECONNREFUSED");
  });

  it.each([
    ["http://ci.example/main.json", "http://ci.example: it must begin with https://"],
    ["ci.example", "the address of the release is no web address"],
  ])("asks nobody at %s, which the release node refuses", async (text, failure) => {
    expect((await lookAtWeb(text)).failure).toBe(failure);
  });
});

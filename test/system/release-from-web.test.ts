import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { instant, type Release } from "../../src/contract/index.ts";
import type { Hub } from "../../src/hub/index.ts";
import { CI_KEY, DAY_MS, sealStatement, statementOf } from "../support/contract-builders.ts";
import {
  connectAs,
  makeHubFolder,
  node,
  nuc,
  rolloutStatus,
  rp4,
  watchStatuses,
} from "./nodes-rig.ts";

let folder: Awaited<ReturnType<typeof makeHubFolder>>;
let statuses: ReturnType<typeof watchStatuses>;
let server: Server;
let hub: Hub | undefined;
let served: Release | null;
/** Which ETag each request named. */
let asked: (string | undefined)[];

beforeEach(async () => {
  statuses = watchStatuses();
  folder = await makeHubFolder();
  served = null;
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.headers["if-none-match"]);
    if (!served) response.writeHead(404).end();
    else if (request.headers["if-none-match"] === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { etag: '"1"' }).end(JSON.stringify(served));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  statuses.stop();
  await hub?.close();
  hub = undefined;
  server.closeAllConnections();
  server.close();
  await folder[Symbol.asyncDispose]();
});

const releaseNow = (): Release => {
  const now = Date.now();
  const term = { serial: now as never, issued: instant(now), expires: instant(now + DAY_MS) };
  const statements = [rp4, nuc].map((host) =>
    sealStatement(statementOf(`web ${host}`, { host, ...term }), CI_KEY),
  );
  return { v: 1, statements: statements.map(({ envelope }) => envelope) };
};

const flowFrom = (url: string) => [
  node("release", "nixwave-release", { url, every: "30s" }, [["rollout"], []]),
  node("rollout", "nixwave-rollout"),
];

it("a release from the web begins the flow once, lies on the broker for whoever asks later, and is not fetched again after a restart", async () => {
  served = releaseNow();
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/main.json`;
  hub = await folder.open(flowFrom(url));
  const { seen } = await rolloutStatus(hub, ({ phase }) => phase === "Pending");
  expect((await seen).hosts.map(({ host }) => host).toSorted()).toEqual(["nuc", "rp4"]);
  const bus = await connectAs("watch", hub);
  const there = async () => (await bus.snapshot("release", { timeoutMs: 10_000 }))[0]?.payload;
  await expect.poll(there, { timeout: 20_000 }).toEqual(served);
  await bus.close();
  const verified = statuses.of("release").filter((text) => text === "2 hosts verified");
  expect(verified).toHaveLength(1);
  expect(folder.lines.filter(({ text }) => text.includes("not on the broker"))).toEqual([]);

  await hub.close();
  const before = asked.length;
  hub = await folder.open(flowFrom(url));
  await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(before);
  expect([asked[0], asked[before]]).toEqual([undefined, '"1"']);
});

it("an address that the node refuses hangs below it as a fault, not as a wait", async () => {
  hub = await folder.open(flowFrom("http://example.org/main.json"));
  await expect.poll(() => statuses.of("release").at(-1)).toBe("settings not usable");
  expect(folder.lines.some(({ text }) => text.includes("must begin with https://"))).toBe(true);
  expect(statuses.of("release")).not.toContain("waiting for release");
});

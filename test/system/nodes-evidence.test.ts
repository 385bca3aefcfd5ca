import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bus } from "../../src/bus/index.ts";
import type { Order } from "../../src/contract/index.ts";
import type { Hub } from "../../src/hub/index.ts";
import {
  connectAs,
  goalsOf,
  makeHubFolder,
  node,
  nodeRed,
  nuc,
  publishRelease,
  releaseAndRollout,
  rolloutStatus,
  rp4,
  watchStatuses,
} from "./nodes-rig.ts";
import { playHost } from "./played-hosts.ts";

const soon = { timeout: 15_000, interval: 20 };
const QUICK = {
  ...{ soak: "2s", initialDelay: "0s", consecutiveSuccess: "2" },
  ...{ failureCount: "1", failureWindow: "1" },
};
const completed = (status: { phase: string }): boolean => status.phase === "Completed";

let folder: Awaited<ReturnType<typeof makeHubFolder>>;
let hub: Hub;
let statuses: ReturnType<typeof watchStatuses>;
let atRp4: Order[];
let atNuc: Order[];
let clients: Bus[];
let server: Server | undefined;

beforeEach(async () => {
  statuses = watchStatuses();
  folder = await makeHubFolder();
  [atRp4, atNuc, clients, server] = [[], [], [], undefined];
});
afterEach(async () => {
  statuses.stop();
  await Promise.all(clients.map((bus) => bus.close()));
  await hub.close();
  server?.closeAllConnections();
  server?.close();
  await folder[Symbol.asyncDispose]();
});

async function playHosts(): Promise<void> {
  clients.push(await playHost(hub, rp4, atRp4), await playHost(hub, nuc, atNuc));
}

/** A Prometheus that answers one value, and one alert while `isFiring`. */
async function playPrometheus(isFiring: () => boolean) {
  const asked: string[] = [];
  const alert = { metric: { alertname: "Cold", alertstate: "firing" }, value: [0, "1"] };
  const own = createServer((request, response) => {
    const query = new URL(String(request.url), "http://x").searchParams.get("query") ?? "";
    asked.push(query);
    const now = Date.now() / 1000;
    const value = { metric: {}, value: [now, "21.5"] };
    const fires = isFiring() ? [{ ...alert, value: [now, "1"] }] : [];
    const result = query.startsWith("ALERTS") ? fires : [value];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  });
  server = own;
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
  return { asked, url: `http://127.0.0.1:${(own.address() as AddressInfo).port}` };
}

const ends = [
  node("keep", "nixwave-result", { verdict: "keep" }),
  node("undo", "nixwave-result", { verdict: "undo" }),
];
const gate = (id: string, fields: object, wires: readonly (readonly string[])[]) =>
  node(id, "nixwave-gate", { ...QUICK, ...fields }, wires);

describe("evidence of every kind in a flow", () => {
  it("from Prometheus before the trial, from a sensor that is also asked after it: the release stays", async () => {
    const { asked, url } = await playPrometheus(() => false);
    const warm = { name: "warm", topic: "room_temperature", format: "prometheus", interval: "1s" };
    const door = { name: "door", topic: "zigbee2mqtt/door", format: "zigbee2mqtt", path: "t" };
    const ask = { askTopic: "zigbee2mqtt/door/get", askPayload: '{"t":""}', askEvery: "1s" };
    const bound = { is: "at-least", limit: "18", limitType: "num" };
    hub = await folder.open([
      ...releaseAndRollout(["before"]),
      gate("before", { place: "before", prometheus: url, rows: [{ ...warm, ...bound }] }, [
        ["try"],
        ["undo"],
        ["undo"],
      ]),
      node("try", "nixwave-activate", {}, [["after"], ["undo"]]),
      gate("after", { place: "after", rows: [{ ...door, ...ask, is: "live", interval: "1s" }] }, [
        ["keep"],
        ["undo"],
        ["undo"],
      ]),
      ...ends,
    ]);
    const sensor = await connectAs("sensor", hub);
    clients.push(sensor);
    const questions: string[] = [];
    const say = (): void => sensor.say("zigbee2mqtt/door", Buffer.from('{"t":21.5}'));
    sensor.listen("zigbee2mqtt/door/get", ({ bytes }) => {
      questions.push(Buffer.from(bytes).toString());
      say();
    });
    const timer = setInterval(say, 300);
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen.finally(() => clearInterval(timer))).toMatchObject({
      completion: "Promoted",
    });
    expect(new Set(asked)).toEqual(new Set(["room_temperature"]));
    expect(new Set(questions)).toEqual(new Set(['{"t":""}']));
    expect(statuses.of("before")).toContain("healthy");
  });

  it("a new alert after the trial undoes the release", async () => {
    const { url } = await playPrometheus(() => goalsOf(atRp4).includes("trial"));
    const row = { name: "alerts", topic: 'ALERTS{alertstate="firing"}', format: "alerts" };
    hub = await folder.open([
      ...releaseAndRollout(["try"]),
      node("try", "nixwave-activate", {}, [["after"], ["undo"]]),
      gate(
        "after",
        {
          ...{ place: "after", prometheus: url },
          rows: [{ ...row, is: "no-new-alert", interval: "1s" }],
        },
        [["keep"], ["undo"], ["undo"]],
      ),
      ...ends,
    ]);
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({ completion: "Aborted" });
    expect(goalsOf(atRp4)).toEqual(["stage", "trial", "revert"]);
  });

  it("a house that is unhealthy before is not touched", async () => {
    const { url } = await playPrometheus(() => false);
    const row = { name: "warm", topic: "room_temperature", format: "prometheus", interval: "1s" };
    hub = await folder.open([
      ...releaseAndRollout(["before"]),
      gate(
        "before",
        {
          ...{ place: "before", prometheus: url },
          rows: [{ ...row, is: "at-least", limit: "25", limitType: "num" }],
        },
        [["try"], ["undo"], ["undo"]],
      ),
      node("try", "nixwave-activate", {}, [["keep"], ["undo"]]),
      ...ends,
    ]);
    await playHosts();
    await publishRelease(hub, "new");
    // One host after the other: each is left as it was, the next one's words take the place of the last one's.
    await expect.poll(() => statuses.of("undo"), soon).toContain("undoes rp4");
    expect(goalsOf(atRp4)).not.toContain("trial");
  });
});

describe("a hub that starts anew in the middle of it", () => {
  const asking = (waitsFor: string) => [
    ...releaseAndRollout(["ask"]),
    node("ask", "nixwave-approval", { waitsFor }, [["try"], ["undo"], ["undo"]]),
    node("try", "nixwave-activate", {}, [["keep"], ["undo"]]),
    ...ends,
  ];

  it("waits on for a person's answer, not anew", async () => {
    hub = await folder.open(asking("4s"));
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("ask")?.text, soon).toBe("asks about rp4");
    const askedAt = Date.now();
    await Promise.all(clients.map((bus) => bus.close()));
    await hub.close();
    while (Date.now() - askedAt < 4000) await new Promise((resolve) => setTimeout(resolve, 50));
    clients = [];
    hub = await folder.open(asking("4s"));
    const restartedAt = Date.now();
    await playHosts();
    await expect.poll(() => statuses.of("ask"), soon).toContain("nobody answered");
    expect(Date.now() - restartedAt).toBeLessThan(4000);
    expect(goalsOf(atRp4)).not.toContain("trial");
  });

  it("shows that another order of hosts is for the next release", async () => {
    hub = await folder.open(asking("1h"));
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("ask")?.text, soon).toBe("asks about rp4");
    const flows = (await (await fetch(`${hub.editorUrl}/flows`)).json()) as { id: string }[];
    const groups = [
      { name: "first", hosts: "nuc", parallel: 1 },
      { name: "then", hosts: "rp4", parallel: 1 },
    ];
    await fetch(`${hub.editorUrl}/flows`, {
      method: "POST",
      headers: { "content-type": "application/json", "Node-RED-Deployment-Type": "nodes" },
      body: JSON.stringify(flows.map((one) => (one.id === "rollout" ? { ...one, groups } : one))),
    });
    await expect.poll(() => statuses.last("rollout")?.text, soon).toBe("order: next release");
    nodeRed.nodes.getNode("ask")?.receive({ payload: "approve" });
    await expect.poll(() => goalsOf(atRp4), soon).toContain("commit");
  });
});

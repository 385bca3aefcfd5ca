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
import { doWell, playHost } from "./played-hosts.ts";

let folder: Awaited<ReturnType<typeof makeHubFolder>>;
let hub: Hub;
let statuses: ReturnType<typeof watchStatuses>;
let atRp4: Order[];
let atNuc: Order[];
let clients: Bus[];

beforeEach(async () => {
  statuses = watchStatuses();
  folder = await makeHubFolder();
  [atRp4, atNuc, clients] = [[], [], []];
});
afterEach(async () => {
  statuses.stop();
  await Promise.all(clients.map((bus) => bus.close()));
  await hub.close();
  await folder[Symbol.asyncDispose]();
});

const tryNode = (running: readonly string[], failed: readonly string[] = ["undo"]) =>
  node("try", "nixwave-activate", {}, [running, failed]);
const ends = [
  node("keep", "nixwave-result", { verdict: "keep" }),
  node("undo", "nixwave-result", { verdict: "undo" }),
];
const completed = (status: { phase: string }): boolean => status.phase === "Completed";
const warned = (text: string): boolean =>
  folder.lines.some((line) => line.level === "warn" && line.text.includes(text));
const soon = { timeout: 20_000 };

async function playHosts(answer = doWell): Promise<void> {
  clients.push(await playHost(hub, rp4, atRp4, answer), await playHost(hub, nuc, atNuc, answer));
}

function give(id: string, message: Readonly<Record<string, unknown>>): void {
  nodeRed.nodes.getNode(id)?.receive(message);
}

describe("a step that wires decide", () => {
  it("is kept through try and keep, and only then does the next host begin", async () => {
    hub = await folder.open([...releaseAndRollout(["try"]), tryNode(["keep"]), ...ends]);
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({ completion: "Promoted" });
    expect(goalsOf(atRp4)).toEqual(["stage", "trial", "commit"]);
    expect(goalsOf(atNuc)).toEqual(["stage", "trial", "commit"]);
    expect(statuses.of("try")).toEqual(expect.arrayContaining(["trying rp4", "runs on rp4"]));
    expect(statuses.last("keep")?.text).toBe("keeps nuc");
  });

  it("is undone where the wires say so, and the host returns", async () => {
    hub = await folder.open([...releaseAndRollout(["try"]), tryNode(["undo"]), ...ends]);
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({ completion: "Aborted" });
    expect(goalsOf(atRp4)).toEqual(["stage", "trial", "revert"]);
    expect(goalsOf(atNuc)).not.toContain("trial");
  });

  it("leaves by `failed` when the host has returned by itself", async () => {
    hub = await folder.open([
      ...releaseAndRollout(["try"]),
      tryNode(["keep"], ["seen", "undo"]),
      node("seen", "debug", {
        active: true,
        tosidebar: false,
        tostatus: true,
        complete: "nixwave.state",
        targetType: "msg",
        statusType: "auto",
      }),
      ...ends,
    ]);
    await playHosts((order, statement) =>
      order.goal === "trial"
        ? { outcome: { code: "rolled-back", reason: "activation-failed", message: "status 4" } }
        : doWell(order, statement),
    );
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("seen")?.text, soon).toBe("RolledBack");
    expect(goalsOf(atRp4)).not.toContain("commit");
  });

  it("deploys nothing when the wires go around try: keep is refused and says so", async () => {
    hub = await folder.open([...releaseAndRollout(["keep"]), ...ends]);
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("keep")?.text, soon).toBe("unknown step");
    const isTold = folder.lines.some(
      ({ level, text }) => level === "error" && text.includes("it has reported no trial to keep"),
    );
    expect(isTold).toBe(true);
    expect(goalsOf(atRp4)).toEqual(["stage"]);
  });

  it("that goes nowhere is told at deploy, by the name of the wire", async () => {
    hub = await folder.open([...releaseAndRollout(["try"]), tryNode(["keep"], []), ...ends]);
    await expect.poll(() => warned('output failed of activate "try"')).toBe(true);
    await expect.poll(() => statuses.last("rollout")?.text).toBe("a wire ends early");
  });

  it("is said again after a restart in the middle of its trial, which costs no revert", async () => {
    const flow = (running: readonly string[]) => [
      ...releaseAndRollout(["try"]),
      tryNode(running),
      ...ends,
    ];
    hub = await folder.open(flow([]));
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("try")?.text, soon).toBe("runs on rp4");
    await Promise.all(clients.map((bus) => bus.close()));
    await hub.close();

    clients = [];
    hub = await folder.open(flow(["keep"]));
    const { seen } = await rolloutStatus(hub, completed);
    await playHosts(({ goal, ...order }, statement) =>
      doWell(
        { goal: goal === "stage" && order.host === rp4 ? "trial" : goal, ...order },
        statement,
      ),
    );
    expect(await seen).toMatchObject({ completion: "Promoted" });
    expect(goalsOf(atRp4)).not.toContain("revert");
  });
});

describe("a person in the flow", () => {
  const withAsk = (fields: Readonly<Record<string, unknown>> = {}) => [
    ...releaseAndRollout(["ask"]),
    node("ask", "nixwave-approval", fields, [["try"], ["undo"], ["undo"]]),
    tryNode(["keep"]),
    ...ends,
  ];

  it("is asked before the trial; a yes by message lets it begin", async () => {
    hub = await folder.open(withAsk());
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("ask")?.text, soon).toBe("asks about rp4");
    expect(goalsOf(atRp4)).toEqual(["stage"]);
    give("ask", { payload: "approve", by: "Ada" });
    await expect.poll(() => goalsOf(atRp4), soon).toContain("commit");
  });

  it("refuses from elsewhere, as an operator, and the host is left alone", async () => {
    hub = await folder.open(withAsk());
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("ask")?.text, soon).toBe("asks about rp4");
    const watch = await connectAs("watch", hub);
    clients.push(watch);
    const request = { id: "r1", action: "skip", host: rp4 } as never;
    await watch.publish({ kind: "controlRequest", user: "watch" as never }, request);
    await expect.poll(() => statuses.of("ask"), soon).toContain("refused");
    expect(goalsOf(atRp4)).not.toContain("trial");
  });

  it("who says nothing says no yes: the question expires", async () => {
    hub = await folder.open(withAsk({ waitsFor: "1s" }));
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.of("ask"), soon).toContain("nobody answered");
    expect(goalsOf(atRp4)).not.toContain("trial");
  });

  it("holds with a switch: no trial begins, and begins when it is released", async () => {
    hub = await folder.open([
      ...releaseAndRollout(),
      node("switch", "nixwave-control", { mode: "level", source: "hall" }),
    ]);
    await expect.poll(() => statuses.last("switch")?.text, soon).toBe("idle");
    give("switch", { payload: "ON", retain: true });
    await expect.poll(() => statuses.last("switch")?.text, soon).toBe("hold");
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    await expect.poll(() => goalsOf(atNuc), soon).toEqual(["stage"]);
    await expect.poll(() => statuses.last("rollout")?.fill, soon).toBe("yellow");
    give("switch", { payload: Buffer.from('{"POWER":"OFF"}') });
    expect(await seen).toMatchObject({ completion: "Promoted" });
  });
});

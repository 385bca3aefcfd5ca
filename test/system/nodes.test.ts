import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Order } from "../../src/contract/index.ts";
import type { Hub } from "../../src/hub/index.ts";
import {
  doWell,
  leaveOrder,
  makeHubFolder,
  type NodeStatusSeen,
  nodeRed,
  nuc,
  playHost,
  publishRelease,
  rolloutStatus,
  rp4,
  strangerKey,
} from "./nodes-rig.ts";

let folder: Awaited<ReturnType<typeof makeHubFolder>>;
let hub: Hub | undefined;
const statuses: NodeStatusSeen[] = [];
const note = (seen: NodeStatusSeen): void => void statuses.push(seen);
const textsOf = (id: string): readonly (string | undefined)[] =>
  statuses.filter((one) => one.id === id).map(({ status }) => status.text);

beforeEach(async () => {
  statuses.length = 0;
  nodeRed.events.on("node-status", note);
  folder = await makeHubFolder();
});
afterEach(async () => {
  nodeRed.events.off("node-status", note);
  await hub?.close();
  hub = undefined;
  await folder[Symbol.asyncDispose]();
});

const completed = (status: { phase: string }): boolean => status.phase === "Completed";

describe("Nixwave's nodes in Node-RED", () => {
  it("all exist: the smallest flow starts", async () => {
    hub = await folder.open();
    const nodes = (await (
      await fetch(`${hub.editorUrl}/nodes`, { headers: { accept: "application/json" } })
    ).json()) as { readonly types: readonly string[]; readonly err?: string }[];
    const types = nodes.filter(({ err }) => !err).flatMap((one) => one.types);
    expect(types).toEqual(
      expect.arrayContaining(["nixwave-fleet", "nixwave-release", "nixwave-rollout"]),
    );
  });

  it("are drawn by the editor from their own pages, each with its help", async () => {
    hub = await folder.open();
    for (const name of ["fleet", "release", "rollout"]) {
      const url = `${hub.editorUrl}/nodes/@nixwave/node-red/nixwave-${name}`;
      const page = await (await fetch(url, { headers: { accept: "text/html" } })).text();
      expect(page).toContain(`RED.nodes.registerType("nixwave-${name}"`);
      expect(page).toContain(`data-help-name="nixwave-${name}"`);
      expect(page).not.toContain("export");
    }
  });

  it("a flow with a node that nobody has is not called started", async () => {
    const flow = JSON.stringify([
      { id: "tab", type: "tab" },
      { id: "x", type: "nixwave-teleport", z: "tab", x: 1, y: 1, wires: [] },
    ]);
    await expect(folder.open({}, flow)).rejects.toMatchObject({
      code: "flow-not-started",
      message: expect.stringContaining("nixwave-teleport"),
    });
  });

  it("a fleet with faults names them all, and its nodes stay inert under a red ring", async () => {
    hub = await folder.open({ hosts: "Rp4", releaseKeys: "x" });
    const said = folder.lines.find(({ text }) => text.includes("fleet-config-invalid"))?.text;
    expect(said).toMatch(/hosts: .*releaseKeys: /);
    for (const id of ["minimal-release", "minimal-rollout"]) {
      expect(statuses.find((one) => one.id === id)?.status).toEqual({
        ...{ fill: "red", shape: "ring", text: "fleet not usable" },
      });
    }
  });
});

describe("a release on its way through the nodes", () => {
  it("goes to one host after the other, and is done when both have reported it", async () => {
    hub = await folder.open();
    const [atRp4, atNuc]: [Order[], Order[]] = [[], []];
    const hosts = [await playHost(hub, rp4, atRp4), await playHost(hub, nuc, atNuc)];
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({ completion: "Promoted" });
    expect(atRp4.map(({ goal }) => goal)).toEqual(["stage", "trial", "commit"]);
    expect(atNuc.map(({ goal }) => goal)).toEqual(["stage", "trial", "commit"]);
    expect(atNuc[1]?.counter).toBeGreaterThan(atRp4[2]?.counter ?? 0);
    expect(textsOf("minimal-rollout")).toEqual(
      expect.arrayContaining(["staging 0/2", "trying rp4", "keeping nuc", "done 2/2"]),
    );
    for (const text of [...textsOf("minimal-rollout"), ...textsOf("minimal-release")]) {
      expect(text?.length).toBeLessThanOrEqual(20);
    }
    await Promise.all(hosts.map((bus) => bus.close()));
  });

  it("stops at a host that fails, and the next one is left alone", async () => {
    hub = await folder.open();
    const [atRp4, atNuc]: [Order[], Order[]] = [[], []];
    const failing: typeof doWell = (order, statement) =>
      order.goal === "trial"
        ? { outcome: { code: "rolled-back", reason: "activation-failed", message: "status 4" } }
        : doWell(order, statement);
    const hosts = [await playHost(hub, rp4, atRp4, failing), await playHost(hub, nuc, atNuc)];
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({
      completion: "Aborted",
      why: "rp4: RolledBack, activation-failed: status 4",
      hosts: [
        { host: "rp4", state: "RolledBack" },
        { host: "nuc", state: "Canceled" },
      ],
    });
    expect(atNuc.map(({ goal }) => goal)).not.toContain("trial");
    await Promise.all(hosts.map((bus) => bus.close()));
  });

  it("is rejected when nobody we trust signed it, and no host hears of it", async () => {
    hub = await folder.open();
    const atRp4: Order[] = [];
    const host = await playHost(hub, rp4, atRp4);
    const rejected = Promise.withResolvers<void>();
    const watch = ({ id, status }: NodeStatusSeen): void => {
      if (id === "minimal-release" && status.text === "release rejected") rejected.resolve();
    };
    nodeRed.events.on("node-status", watch);
    await publishRelease(hub, "forged", strangerKey);
    await rejected.promise;
    nodeRed.events.off("node-status", watch);
    expect(folder.lines.some(({ text }) => text.includes("signature-invalid"))).toBe(true);
    expect(atRp4).toEqual([]);
    await host.close();
  });
});

describe("a hub that lost its memory", () => {
  it("never orders below what its key signed before, even if the clock went back", async () => {
    const ahead = Date.now() + 1_000_000_000;
    hub = await folder.open();
    await leaveOrder(hub, ahead);
    await hub.close();

    hub = await folder.open();
    const seen: Order[] = [];
    const host = await playHost(hub, rp4, seen);
    const { seen: begun } = await rolloutStatus(hub, ({ phase }) => phase === "Progressing");
    await publishRelease(hub, "new");
    await begun;
    await expect.poll(() => seen.at(-1)?.counter ?? 0, { timeout: 10_000 }).toBeGreaterThan(ahead);
    await host.close();
  });

  it("finds its rollout again, orders under higher counters and repeats no success by itself", async () => {
    hub = await folder.open();
    const before: Order[] = [];
    const first = [await playHost(hub, rp4, before), await playHost(hub, nuc, before)];
    const done = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    await done.seen;
    await Promise.all(first.map((bus) => bus.close()));
    await hub.close();

    hub = await folder.open();
    const fresh = (order: Order): boolean => before.every(({ counter }) => order.counter > counter);
    const after: Order[] = [];
    const pending = await rolloutStatus(hub, ({ phase }) => phase === "Pending");
    await pending.seen;
    const again: typeof doWell = (order, { storePath }) =>
      fresh(order)
        ? {
            ...{ current: storePath, profile: storePath },
            outcome: { code: "succeeded", reason: null, message: "" },
          }
        : null;
    const over = await rolloutStatus(hub, completed);
    const second = [await playHost(hub, rp4, after, again), await playHost(hub, nuc, after, again)];
    expect(await over.seen).toMatchObject({ completion: "Promoted" });
    // A host that appears is ordered anew (DESIGN 5, notAfter): the same step again, never another one.
    const steps = after
      .filter(fresh)
      .map(({ host, goal, attempt }) => `${host} ${goal} ${attempt}`);
    expect([...new Set(steps)].sort((a, b) => (a < b ? -1 : 1))).toEqual([
      `${nuc} stage 1`,
      `${rp4} stage 1`,
    ]);
    expect(new Set(after.map(({ rollout }) => rollout))).toEqual(
      new Set(before.map(({ rollout }) => rollout)),
    );
    await Promise.all(second.map((bus) => bus.close()));
  });
});

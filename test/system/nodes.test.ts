import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Order } from "../../src/contract/index.ts";
import type { Hub } from "../../src/hub/index.ts";
import {
  goalsOf,
  makeHubFolder,
  node,
  nuc,
  publishRelease,
  releaseAndRollout,
  rolloutStatus,
  rp4,
  strangerKey,
  watchStatuses,
} from "./nodes-rig.ts";
import { doWell, playHost } from "./played-hosts.ts";

const TYPES = [
  ...["fleet", "release", "rollout", "activate", "gate"],
  ...["approval", "result", "control", "events", "notify"],
];

let folder: Awaited<ReturnType<typeof makeHubFolder>>;
let hub: Hub | undefined;
let statuses: ReturnType<typeof watchStatuses>;

beforeEach(async () => {
  statuses = watchStatuses();
  folder = await makeHubFolder();
});
afterEach(async () => {
  statuses.stop();
  await hub?.close();
  hub = undefined;
  await folder[Symbol.asyncDispose]();
});

const completed = (status: { phase: string }): boolean => status.phase === "Completed";

describe("Nixwave's nodes in Node-RED", () => {
  it("all exist, each with its page, its help in two languages, its words and its picture", async () => {
    hub = await folder.open(releaseAndRollout());
    const { editorUrl } = hub;
    const get = async (path: string, accept = "*/*"): Promise<string> => {
      const response = await fetch(`${editorUrl}/${path}`, { headers: { accept } });
      expect(response.status, path).toBe(200);
      return await response.text();
    };
    for (const name of TYPES) {
      const set = `@nixwave/node-red/nixwave-${name}`;
      const page = await get(`nodes/${set}`, "text/html");
      expect(page).toContain(`RED.nodes.registerType("nixwave-${name}"`);
      expect(page).toContain(`data-help-name="nixwave-${name}"`);
      expect(page).not.toContain("export");
      const [english, german] = await Promise.all(
        ["en-US", "de"].map((language) => get(`locales/${set}?lng=${language}`)),
      );
      expect(english).not.toBe(german);
      await get(`icons/@nixwave/node-red/nixwave-${name}.svg`);
    }
  });

  it("a flow with a node that nobody has is not called started", async () => {
    await expect(folder.open([node("x", "nixwave-teleport")])).rejects.toMatchObject({
      code: "flow-not-started",
      message: expect.stringContaining("nixwave-teleport"),
    });
  });

  it("a fleet with faults names them all, and its nodes stay inert under a red ring", async () => {
    hub = await folder.open(releaseAndRollout(), { channel: "Ma in", releaseKeys: "x" });
    const said = folder.lines.find(({ text }) => text.includes("fleet-config-invalid"))?.text;
    expect(said).toMatch(/channel: .*releaseKeys: /);
    for (const id of ["release", "rollout"]) {
      expect(statuses.last(id)).toEqual({ fill: "red", shape: "ring", text: "no usable fleet" });
    }
  });

  it("a second rollout node on one fleet goes red, and the first keeps the order", async () => {
    hub = await folder.open([...releaseAndRollout(), node("second", "nixwave-rollout")]);
    await expect.poll(() => statuses.last("second")?.text).toBe("second rollout node");
    await expect.poll(() => statuses.last("rollout")?.fill).toBe("grey");
  });
});

describe("a release on its way through the nodes", () => {
  it("goes to one host after the other, and is done when both have reported it", async () => {
    hub = await folder.open(releaseAndRollout());
    const [atRp4, atNuc]: [Order[], Order[]] = [[], []];
    const hosts = [await playHost(hub, rp4, atRp4), await playHost(hub, nuc, atNuc)];
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({ completion: "Promoted" });
    expect(goalsOf(atRp4)).toEqual(["stage", "trial", "commit"]);
    expect(goalsOf(atNuc)).toEqual(["stage", "trial", "commit"]);
    await expect.poll(() => statuses.of("rollout")).toContain("done 2/2");
    for (const text of [...statuses.of("rollout"), ...statuses.of("release")]) {
      expect(text.length).toBeLessThanOrEqual(20);
    }
    await Promise.all(hosts.map((bus) => bus.close()));
  });

  it("stops at a host that fails, and the next one is left alone", async () => {
    hub = await folder.open(releaseAndRollout());
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
    hub = await folder.open(releaseAndRollout());
    const atRp4: Order[] = [];
    const host = await playHost(hub, rp4, atRp4);
    await publishRelease(hub, "forged", strangerKey);
    await expect
      .poll(() => statuses.last("release")?.text, { timeout: 10_000 })
      .toBe("release rejected");
    expect(folder.lines.some(({ text }) => text.includes("signature-invalid"))).toBe(true);
    expect(atRp4).toEqual([]);
    await host.close();
  });
});

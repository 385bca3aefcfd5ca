import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bus, clientIdFor, openBus } from "../../src/bus/index.ts";
import type { Conductor } from "../../src/conductor/index.ts";
import { formatPublicKey, type Presence } from "../../src/contract/index.ts";
import { startMosquitto, type TestBroker } from "../support/brokers.ts";
import { CI_KEY } from "../support/contract-builders.ts";
import { soon } from "../support/open-buses.ts";
import { needs } from "../support/system-parts.ts";
import { nodeRed, runNodeRed } from "./shared-broker-rig.ts";

interface FleetSeen {
  readonly conductor: Conductor | null;
  readonly whenReady?: (listener: (conductor: Conductor) => void) => () => void;
}
const fleetNode = (id = "fleet") => nodeRed.nodes.getNode(id) as FleetSeen;
const opened = (id = "fleet"): Promise<Conductor> =>
  new Promise((resolve, reject) => {
    const { whenReady } = fleetNode(id);
    if (!whenReady) return reject(new Error("the fleet is not usable"));
    whenReady(resolve);
  });

const fleet = (id: string, fields: object = {}) => ({
  ...{ id, type: "nixwave-fleet", shape: 2, name: "", mqttBroker: "broker", base: "" },
  ...{ fleet: "github:someone/homelab", channel: "main", threshold: "1", language: "en", zone: "" },
  hosts: [{ host: "rp4", carries: [], optional: false }],
  ...{ releaseKeys: formatPublicKey(CI_KEY.publicKey), stateFolder: "" },
  ...fields,
});

type Flows = readonly Readonly<Record<string, unknown>>[];
/** As the editor deploys; resolves when the flows run again. */
async function deploy(url: string, kind: "full" | "nodes", change: (flows: Flows) => Flows) {
  const flows = (await (await fetch(`${url}/flows`)).json()) as Flows;
  const started = new Promise<void>((resolve) => {
    const onStarted = (): void => {
      nodeRed.events.off("flows:started", onStarted);
      resolve();
    };
    nodeRed.events.on("flows:started", onStarted);
  });
  await fetch(`${url}/flows`, {
    method: "POST",
    headers: { "content-type": "application/json", "Node-RED-Deployment-Type": kind },
    body: JSON.stringify(change(flows)),
  });
  await started;
}

let broker: TestBroker;
let ends: (() => Promise<unknown>)[];
let statuses: { readonly id: string; readonly status: { readonly fill?: string } }[];
const note = (seen: never): void => void statuses.push(seen);
beforeEach(async () => {
  statuses = [];
  nodeRed.events.on("node-status", note);
  broker = await startMosquitto();
  ends = [() => broker.stop()];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  nodeRed.events.off("node-status", note);
});
const run = async (...nodes: readonly object[]) => {
  const red = await runNodeRed(broker.port, {}, nodes);
  ends.push(red.close);
  return red;
};
const stranger = async (): Promise<Bus> => {
  const bus = await openBus({ broker: broker.url, clientId: clientIdFor("x", "test") });
  ends.push(() => bus.close());
  return bus;
};

describe.skipIf(needs("mosquitto").skip)("the fleet's node", () => {
  it("opens the hub over the user's broker node, and says goodbye when Node-RED stops", async () => {
    const red = await run(fleet("fleet"));
    const conductor = await opened();
    expect(conductor).toBe(fleetNode().conductor);
    const watcher = await stranger();
    const seen: Presence[] = [];
    await watcher.subscribe({ kind: "hubStatus" }, ({ payload }) => seen.push(payload));
    await expect.poll(() => seen.at(-1)?.state, soon).toBe("online");
    expect(red.lines.filter(({ level }) => level === "error")).toEqual([]);
    await red.close();
    await expect.poll(() => seen.at(-1)?.state, soon).toBe("offline");
    expect(red.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("shows the public key that it made, and nothing of the secret one", async () => {
    const red = await run(fleet("fleet"));
    await opened();
    const answer = await fetch(`${red.url}/nixwave/fleet/fleet/key`);
    const text = await answer.text();
    expect(JSON.parse(text)).toEqual({ publicKey: expect.stringMatching(/^hub-1:[\w+/]{43}=$/) });
  });

  it("serves how it stands, and hands over what the editor asks for", async () => {
    const red = await run(fleet("fleet"));
    const conductor = await opened();
    await expect.poll(() => conductor.view.isLearning, { timeout: 20_000 }).toBe(false);
    const ask = async (body: object) => {
      const answer = await fetch(`${red.url}/nixwave/fleet/fleet/ask`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-nixwave": "1" },
        body: JSON.stringify(body),
      });
      return { status: answer.status, said: (await answer.json()) as Record<string, unknown> };
    };
    expect(await ask({ verb: "hold", source: "sidebar", duration: "1h" })).toMatchObject({
      status: 200,
      said: { accepted: true },
    });
    const state = (await (await fetch(`${red.url}/nixwave/fleet/fleet/state`)).json()) as {
      holds: { source: string }[];
      hosts: { host: string }[];
    };
    expect(state.hosts.map(({ host }) => host)).toEqual(["rp4"]);
    expect(state.holds.map(({ source }) => source)).toEqual(["sidebar"]);
    expect(await ask({ verb: "explode" })).toMatchObject({
      status: 400,
      said: { code: "invalid-field" },
    });
    expect((await fetch(`${red.url}/nixwave/fleet/nobody/state`)).status).toBe(404);
    expect((await fetch(`${red.url}/nixwave/fleet/broker/key`)).status).toBe(404);
  });

  it("asks who it is where the editor asks", async () => {
    const login = { knows: () => true, accepts: () => Promise.resolve(true) };
    const red = await runNodeRed(broker.port, {}, [fleet("fleet")], login);
    ends.push(red.close);
    await opened();
    const get = async (path: string) =>
      (await fetch(`${red.url}/nixwave/fleet/fleet/${path}`)).status;
    const ask = await fetch(`${red.url}/nixwave/fleet/fleet/ask`, { method: "POST" });
    expect([await get("key"), await get("state"), ask.status]).toEqual([401, 401, 401]);
  });

  it("refuses a second one on its topics, by the name of the first", async () => {
    const red = await run(fleet("fleet"), fleet("twin", { stateFolder: "/nowhere/at-all" }));
    await opened();
    expect(fleetNode("twin").whenReady).toBeUndefined();
    const said = red.lines.find(({ text }) => text.includes("fleet-config-invalid"))?.text;
    expect(said).toContain("the fleet node fleet already uses nixwave/v1 on mqtt://127.0.0.1:");
    expect(statuses.filter(({ id }) => id === "twin").at(-1)?.status.fill).toBe("red");
  });

  it("refuses a second one in its state folder", async () => {
    const red = await run(fleet("fleet"), fleet("twin", { base: "other/v1" }));
    await opened();
    expect(fleetNode("twin").whenReady).toBeUndefined();
    expect(red.lines.some(({ text }) => text.includes("already uses the state folder"))).toBe(true);
  });

  it("stays inert when its fields are at fault, and names them", async () => {
    const red = await run(fleet("fleet", { mqttBroker: "", hosts: [] }));
    expect(fleetNode().whenReady).toBeUndefined();
    expect(red.lines.find(({ text }) => text.includes("fleet-config-invalid"))?.text).toMatch(
      /mqttBroker: .*hosts: /,
    );
  });

  it("does not take another kind of node for a broker", async () => {
    const red = await run(fleet("fleet", { mqttBroker: "user-in" }));
    expect(fleetNode().whenReady).toBeUndefined();
    expect(red.lines.some(({ text }) => text.includes("mqttBroker: "))).toBe(true);
  });

  it("comes back after a deploy of everything, under another session and with the same key", async () => {
    const red = await run(fleet("fleet"));
    const first = await opened();
    const key = await (await fetch(`${red.url}/nixwave/fleet/fleet/key`)).text();
    await deploy(red.url, "full", (flows) => flows);
    const second = await opened();
    expect(second.view.session).not.toBe(first.view.session);
    expect(await (await fetch(`${red.url}/nixwave/fleet/fleet/key`)).text()).toBe(key);
    const watcher = await stranger();
    const seen: Presence[] = [];
    await watcher.subscribe({ kind: "hubStatus" }, ({ payload }) => seen.push(payload));
    await expect
      .poll(() => seen.at(-1), soon)
      .toEqual({ state: "online", session: second.view.session });
    expect(red.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("comes back after its own dialog was changed, while the user's nodes stay connected", async () => {
    const red = await run(fleet("fleet"));
    const first = await opened();
    statuses.length = 0;
    await deploy(red.url, "nodes", (flows) =>
      flows.map((one) => (one["id"] === "fleet" ? { ...one, language: "de" } : one)),
    );
    const second = await opened();
    expect(second.view.session).not.toBe(first.view.session);
    await expect.poll(() => second.view.isConnected, soon).toBe(true);
    await expect
      .poll(() => statuses.findLast(({ id }) => id === "user-in")?.status.fill ?? "green", soon)
      .toBe("green");
    expect(red.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("comes back after the broker node was changed", async () => {
    const red = await run(fleet("fleet"));
    await opened();
    await deploy(red.url, "nodes", (flows) =>
      flows.map((one) => (one["id"] === "broker" ? { ...one, keepalive: "30" } : one)),
    );
    const conductor = await opened();
    await expect.poll(() => conductor.view.isConnected, soon).toBe(true);
    expect(red.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("waits for a broker that is away, and stops without one", async () => {
    const { port } = broker;
    await broker.kill();
    const red = await run(fleet("fleet"));
    expect(fleetNode().whenReady).toBeDefined();
    await red.close();
    broker = await startMosquitto({ port });
    expect(red.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

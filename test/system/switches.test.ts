import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Conductor } from "../../src/conductor/index.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { startMosquitto, type TestBroker } from "../support/brokers.ts";
import { CI_KEY } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { nodeRed, runNodeRed } from "./shared-broker-rig.ts";

interface Row {
  readonly device: string;
  readonly topic: string;
  readonly payload: string | object;
  readonly dialog: object;
  readonly means: string;
}

const ROWS = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/switch-payloads.json"), "utf8"),
) as readonly Row[];
const BASE = "nixwave/v1";
const SOON = { timeout: 20_000, interval: 50 };

/** What the node says below itself for each meaning; a switch that says its state again is unchanged. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  hold: ["hold", "unchanged"],
  resume: ["resume", "unchanged"],
  unknown: ["unknown word"],
  wordless: ["says nothing of it"],
};

const text = ({ payload }: Row) =>
  typeof payload === "string" ? payload : JSON.stringify(payload);

/** `mqtt in` and a command node behind it. */
const wired = (id: string, topic: string, dialog: object): readonly object[] => [
  {
    ...{ id: `${id}-in`, type: "mqtt in", z: "tab", x: 100, y: 100, topic, qos: "1" },
    ...{ datatype: "utf8", broker: "broker", nl: false, rap: true, rh: 0, inputs: 0 },
    wires: [[id]],
  },
  {
    ...{ id, type: "nixwave-control", z: "tab", x: 300, y: 100, name: "", fleet: "fleet" },
    ...{ mode: "level", source: id },
    ...dialog,
    wires: [],
  },
];

describe.skipIf(needs("mosquitto").skip)("switches and buttons that mosquitto_pub plays", () => {
  let folder: string;
  let broker: TestBroker;
  let red: Awaited<ReturnType<typeof runNodeRed>> | null = null;
  const statuses: { readonly id: string; readonly text: string }[] = [];
  const noteStatus = ({ id, status }: { id: string; status: { text?: string } }): void =>
    void statuses.push({ id, text: status.text ?? "" });

  const pub = (topic: string, payload: string, ...more: readonly string[]) =>
    promisify(execFile)("mosquitto_pub", [
      ...["-p", String(broker.port), "-t", topic, "-m", payload, "-q", "1", ...more],
    ]);
  const heard = async (topic: string): Promise<string> => {
    const args = ["-p", String(broker.port), "-t", topic, "-C", "1", "-W", "20"];
    return (await promisify(execFile)("mosquitto_sub", args)).stdout.trim();
  };
  const conductor = () =>
    (nodeRed.nodes.getNode("fleet") as { readonly conductor: Conductor | null } | null)?.conductor;
  const holders = () =>
    conductor()
      ?.view.state.holds.map(({ source }) => source as string)
      .toSorted() ?? [];
  const saidBy = (id: string) => statuses.filter((one) => one.id === id).map((one) => one.text);

  async function open(nodes: readonly object[] = []): Promise<void> {
    statuses.length = 0;
    const fleet = {
      ...{ id: "fleet", type: "nixwave-fleet", shape: 3, name: "", mqttBroker: "broker", base: "" },
      ...{ fleet: "home", channel: "main", threshold: "1", language: "en", zone: "UTC" },
      hosts: [{ host: "rp4", carries: [], optional: false }],
      ...{ releaseKeys: formatPublicKey(CI_KEY.publicKey), stateFolder: join(folder, "state") },
    };
    red = await runNodeRed(broker.port, {}, [fleet, ...nodes]);
    await expect.poll(() => conductor()?.view.isLearning, SOON).toBe(false);
    await expect.poll(() => conductor()?.view.isConnected, SOON).toBe(true);
  }
  const close = async (): Promise<void> => {
    await red?.close();
    red = null;
  };

  beforeAll(async () => {
    nodeRed.events.on("node-status", noteStatus as never);
    folder = await mkdtemp(join(tmpdir(), "nixwave-switches-"));
  });
  beforeEach(async () => {
    broker = await startMosquitto();
  });
  afterEach(async () => {
    await close();
    await broker.stop(); // a hub without a journal learns the holds that the broker keeps
    await rm(join(folder, "state"), { recursive: true, force: true });
  });
  afterAll(async () => {
    nodeRed.events.off("node-status", noteStatus as never);
    await rm(folder, { recursive: true, force: true });
  });

  it("are understood, every device and every word of the table in the docs", async () => {
    const seats = new Map<string, string>();
    const seatOf = (row: Row): string => {
      const key = JSON.stringify([row.device, row.topic, row.dialog]);
      if (!seats.has(key)) seats.set(key, `seat-${seats.size}`);
      return seats.get(key) as string;
    };
    const nodes = ROWS.flatMap((row) => {
      const isNew = !seats.has(JSON.stringify([row.device, row.topic, row.dialog]));
      return isNew ? wired(seatOf(row), row.topic, row.dialog) : [];
    });
    await open(nodes);
    for (const row of ROWS) {
      const id = seatOf(row);
      const before = saidBy(id).length;
      await pub(row.topic, text(row));
      await expect.poll(() => saidBy(id).length, SOON).toBeGreaterThan(before);
      expect([row.device, text(row), saidBy(id).at(-1)]).toEqual([
        ...[row.device, text(row)],
        expect.toBeOneOf([...(SAID[row.means] ?? [row.means])]),
      ]);
      if (row.means === "hold" && "mode" in row.dialog === false) expect(holders()).toContain(id);
      if (row.means === "resume") expect(holders()).not.toContain(id);
    }
  }, 120_000);

  it("a switch that stood at ON while no hub was there holds at its start, over every restart, until a person ends that", async () => {
    const hall = wired("hall", "stat/hall/POWER", {});
    await pub("stat/hall/POWER", "ON", "-r");
    await open(hall);
    await expect.poll(holders, SOON).toEqual(["hall"]);
    await close();
    await open(hall);
    await expect.poll(() => saidBy("hall"), SOON).toContain("unchanged");
    expect(holders()).toEqual(["hall"]);
    conductor()?.ask({ verb: "resume", by: "phone", host: null });
    expect(holders()).toEqual([]);
    await close();
    await open(hall);
    await expect.poll(() => saidBy("hall"), SOON).toContain("unchanged");
    expect(holders()).toEqual([]);
  }, 120_000);

  it("a press that the broker had kept is nobody's wish, and one that bounces is one", async () => {
    await pub("zigbee2mqtt/hall/button", '{"action":"single"}', "-r");
    await pub(`${BASE}/control/deploy/set`, "PRESS", "-r");
    const table = { mode: "edge", rows: [{ payload: "single", verb: "deploy" }] };
    await open(wired("button", "zigbee2mqtt/hall/button", table));
    await expect.poll(() => saidBy("button"), SOON).toContain("ignored a replay");
    expect(saidBy("button")).not.toContain("deploy");
    await pub("zigbee2mqtt/hall/button", '{"action":"single"}');
    await pub("zigbee2mqtt/hall/button", '{"action":"single"}');
    await expect.poll(() => saidBy("button"), SOON).toContain("one press");
    expect(saidBy("button").filter((word) => word === "deploy")).toHaveLength(1);
  }, 60_000);

  it("a switch that is lost releases nothing: by its last will, by its silence, by a broker that forgot everything", async () => {
    await open([
      ...wired("hall", "stat/hall/POWER", {}),
      ...wired("will", "tele/hall/LWT", { source: "hall" }),
    ]);
    await pub("stat/hall/POWER", "ON");
    await expect.poll(holders, SOON).toEqual(["hall"]);
    const device = spawn("mosquitto_sub", [
      ...["-p", String(broker.port), "-t", "cmnd/hall/#", "-v", "-t", "stat/hall/POWER"],
      ...["--will-topic", "tele/hall/LWT", "--will-payload", "Offline", "--will-retain"],
    ]);
    await pub("cmnd/hall/POWER", "", "-r");
    await pub("cmnd/hall/Status", "8");
    await once(device.stdout, "data");
    device.kill("SIGKILL");
    await expect.poll(() => saidBy("will"), SOON).toContain("unknown word");
    expect(holders()).toEqual(["hall"]);
    const { port } = broker;
    await broker.kill();
    await expect.poll(() => conductor()?.view.isConnected, SOON).toBe(false);
    broker = await startMosquitto({ port });
    await expect.poll(() => conductor()?.view.isConnected, SOON).toBe(true);
    expect(await heard(`${BASE}/control/hold/hall/state`)).toBe("ON");
    expect(holders()).toEqual(["hall"]);
    await pub("stat/hall/POWER", "OFF");
    await expect.poll(holders, SOON).toEqual([]);
  }, 90_000);

  it("who holds is a set, by name: a tile, a phone and a wall switch let go one after another", async () => {
    await open(wired("wall", "stat/hall/POWER", {}));
    await pub(`${BASE}/control/hold/Dash-tile/set`, "ON");
    expect(await heard(`${BASE}/control/hold/Dash-tile/state`)).toBe("ON");
    await pub(`${BASE}/control/hold/phone/set`, "ON");
    await pub("stat/hall/POWER", "ON");
    await expect.poll(holders, SOON).toEqual(["Dash-tile", "phone", "wall"]);
    await expect
      .poll(() => heard(`${BASE}/screens/rollout/why`), SOON)
      .toMatch(/^held by Dash tile, phone and wall, until (\d+ \w+, )?\d\d:\d\d$/);
    await pub(`${BASE}/control/hold/Dash-tile/set`, "OFF");
    await pub("stat/hall/POWER", "OFF");
    await expect.poll(holders, SOON).toEqual(["phone"]);
    await expect
      .poll(() => heard(`${BASE}/screens/rollout/why`), SOON)
      .toMatch(/^held by phone, until/);
    await pub(`${BASE}/control/hold/phone/set`, "OFF");
    await expect.poll(() => heard(`${BASE}/control/hold/phone/state`), SOON).toBe("OFF");
    expect(holders()).toEqual([]);
  }, 60_000);
});

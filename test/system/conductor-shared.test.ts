import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CoreBroker } from "../../node-red-nodes/fleet/core-broker.ts";
import { clientIdFor, openBus, openSharedBus } from "../../src/bus/index.ts";
import { type Conductor, openConductor } from "../../src/conductor/index.ts";
import {
  DEFAULT_BASE,
  instant,
  type NixwaveError,
  type Order,
  parseHostName,
  parseOrder,
  parseSessionId,
  parseStatement,
} from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import { startMosquitto, type TestBroker } from "../support/brokers.ts";
import {
  CHANNEL,
  CI_KEY,
  DAY_MS,
  FLEET,
  HUB_KEY,
  reportedOf,
  sealStatement,
  statementOf,
  trusting,
} from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { coreNode, runNodeRed } from "./shared-broker-rig.ts";

const rp4 = parseHostName("rp4");
const soon = { timeout: 60_000, interval: 50 };

async function openHub(folder: string, failures: NixwaveError[]) {
  const session = parseSessionId(randomUUID());
  const bus = openSharedBus({
    source: new CoreBroker(coreNode(), "fleet", () => undefined),
    presence: { address: { kind: "hubStatus" }, session, appearsLater: true },
  });
  const hub = await openConductor({
    ...{ bus, session, folder, fleet: FLEET, channel: CHANNEL, base: DEFAULT_BASE, hosts: [rp4] },
    ...{ releaseKeys: trusting(1, CI_KEY), key: HUB_KEY },
    plan: parsePlan({ hosts: [rp4], settle: "0s", soak: "20m", lease: "30m", maxTrial: "2h" }),
    home: { language: "en", zone: parseTimeZone("UTC") },
    clock: () => instant(Date.now()),
    isClockSynchronised: () => true,
    onFailed: (error) => failures.push(error),
  });
  bus.appear();
  hub.onRelease((release) => void hub.offer(release));
  const close = async (): Promise<void> => {
    await hub.close();
    await bus.close();
  };
  return { hub, close };
}

/** A host that does each order once, and says where it stands to each hub that appears. */
async function playHost(broker: TestBroker) {
  const session = parseSessionId(randomUUID());
  const bus = await openBus({
    ...{ broker: broker.url, clientId: clientIdFor(rp4, "test") },
    presence: { address: { kind: "availability", host: rp4 }, session },
  });
  const orders: Order[] = [];
  let seq = 0;
  let last: object = {};
  const report = (): void => {
    seq += 1;
    void bus.retain(
      { kind: "reported", host: rp4 },
      reportedOf("old", { host: rp4, session, seq, ...last }),
    );
  };
  await bus.subscribe({ kind: "desired", host: rp4 }, ({ payload }) => {
    const order = parseOrder(Buffer.from(payload.order.payload, "base64"));
    const { storePath } = parseStatement(Buffer.from(payload.statement.payload, "base64"));
    if (orders.some(({ counter }) => counter >= order.counter)) return;
    const { rollout, attempt, counter } = order;
    const isTried = orders.some(({ goal }) => goal === "trial");
    orders.push(order);
    const isTrial = order.goal === "trial" || isTried;
    const now = isTrial ? { phase: "in-trial", current: storePath } : { phase: "staged" };
    last = { rollout, attempt, counter, target: storePath, ...now };
    report();
  });
  await bus.subscribe({ kind: "hubStatus" }, ({ payload }) => {
    if (payload.state === "online") report();
  });
  return { bus, orders };
}

const stepOf = (hub: Conductor) => hub.view.hosts[0]?.stepState;

describe.skipIf(needs("mosquitto").skip)("a hub over the user's own broker node", () => {
  it("that lost its journal meets the trial that it had ordered", {
    timeout: 180_000,
  }, async () => {
    await using ends = new AsyncDisposableStack();
    const broker = await startMosquitto();
    ends.defer(() => broker.stop());
    const folder = await mkdtemp(join(tmpdir(), "nixwave-conductor-"));
    ends.defer(() => rm(folder, { recursive: true, force: true }));
    const red = await runNodeRed(broker.port);
    ends.defer(red.close);
    const agent = await playHost(broker);
    ends.defer(() => agent.bus.close());
    const ci = await openBus({ broker: broker.url, clientId: clientIdFor("ci", "test") });
    ends.defer(() => ci.close());
    const failures: NixwaveError[] = [];
    const first = await openHub(join(folder, "state"), failures);
    const nowMs = Date.now();
    const terms = { host: rp4, serial: nowMs as never, issued: instant(nowMs) };
    const statement = statementOf("new", { ...terms, expires: instant(nowMs + DAY_MS) });
    await ci.retain(
      { kind: "release", channel: CHANNEL },
      { v: 1, statements: [sealStatement(statement).envelope] },
    );
    await expect.poll(() => stepOf(first.hub), soon).toBe("Soaking");
    const before = agent.orders.at(-1);
    await first.close();
    await rm(join(folder, "state"), { recursive: true });
    const second = await openHub(join(folder, "state"), failures);
    ends.defer(second.close);
    await expect.poll(() => second.hub.view.isLearning, soon).toBe(false);
    await expect.poll(() => stepOf(second.hub), soon).toBe("Soaking");
    const { rollout, fenced } = second.hub.view.state;
    expect(rollout?.id).toBe(before?.rollout);
    expect(fenced).toBeNull();
    expect(new Set(agent.orders.map(({ hub, attempt }) => `${hub} ${attempt}`)).size).toBe(1);
    expect(failures).toEqual([]);
  });
});

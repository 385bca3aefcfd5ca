import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Bus } from "../../src/bus/index.ts";
import { DESIRED_TYPE, parseOrder, verifyEnvelope } from "../../src/contract/index.ts";
import {
  entriesOf,
  parseState,
  type RolloutEvent,
  type RolloutState,
} from "../../src/rollout/index.ts";
import {
  keepHubMemory,
  openStore,
  type Retained,
  recallHubMemory,
  relearn,
} from "../../src/store/index.ts";
import { NOON, nuc, rp4, wall, x1 } from "../rollout/scenes.ts";
import { ForgetfulHome, trials } from "../store/forgetful-home.ts";
import {
  HUB,
  HUB_KEY,
  sealOrder,
  sealStatement,
  statementOf,
  trusting,
} from "../support/contract-builders.ts";
import { onEachBroker } from "../support/each-broker.ts";
import { openBuses } from "../support/open-buses.ts";

const root = mkdtempSync(join(tmpdir(), "nixwave-relearn-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const PATIENCE = { timeoutMs: 10_000 };

const open = (folder: string) =>
  openStore<RolloutState, RolloutEvent, string>(folder, {
    ...{ parseState, parseEvent: (json) => json as RolloutEvent, parsePast: String, at: NOON },
  });

/** What the hub had told the broker before it lost its journal. */
async function tell(bus: Bus, { orders, status }: Retained): Promise<void> {
  const statement = sealStatement(statementOf("any")).envelope;
  for (const order of orders)
    await bus.publishConfirmed(
      { kind: "desired", host: order.host },
      { v: 1, order: sealOrder(order).envelope, statement },
      PATIENCE,
    );
  if (status) await bus.publishConfirmed({ kind: "rolloutStatus" }, status, PATIENCE);
  await bus.publishConfirmed({ kind: "holdState", source: wall }, "ON", PATIENCE);
}

/** What a hub without a journal finds there; orders only under its own signature. */
async function ask(bus: Bus, release: Retained["release"]): Promise<Retained> {
  const desired = await bus.snapshot("desired", PATIENCE);
  const [status] = await bus.snapshot("rolloutStatus", PATIENCE);
  const holds = await bus.snapshot("holdState", PATIENCE);
  return {
    release, // verified by the contract's own tests
    orders: desired.map(({ payload }) =>
      parseOrder(verifyEnvelope(payload.order, DESIRED_TYPE, trusting(1, HUB_KEY)).bytes),
    ),
    status: status?.payload ?? null,
    holds: holds.flatMap(({ address, payload }) => (payload === "ON" ? [address.source] : [])),
  };
}

onEachBroker("a hub whose journal is destroyed", openBuses(), ({ open: connect }) => {
  it("finds counter, serial, running rollout, hosts taken over and holds again in what the broker retains", async () => {
    const groups = [{ name: "all", hosts: ["x1", "rp4", "nuc"], parallel: 2 }];
    const home = new ForgetfulHome({ groups, lease: "20m" }).ready();
    home.inTrial(x1).ended(x1, "taken-over").inTrial(rp4);
    const folder = mkdtempSync(join(root, "hub-"));
    const before = open(folder);
    before.snapshot(home.state);
    before.close();
    const bus = await connect();
    await tell(bus, home.retained);

    writeFileSync(join(folder, "hub-v1.sqlite"), "rubbish ".repeat(4000));
    const store = open(folder);
    expect(store.recovered).toMatchObject({ code: "hub-state-damaged" });
    const retained = await ask(await connect(), home.offered);
    const { state, hub, rollout } = relearn(home.state.plan, retained, home.at);
    const highest = Math.max(...home.retained.orders.map(({ counter }) => counter));
    expect(hub).toEqual({ instance: HUB, lastCounter: highest });
    expect(rollout).toBe("asks"); // a host was taken over: only somebody begins the rest
    expect(state.lastCounter).toBeGreaterThanOrEqual(highest);
    expect(state.newestSerial).toBe(home.state.newestSerial);
    expect(state.holds.map(({ source }) => source)).toEqual([wall]);
    expect(entriesOf(state.hosts).find(({ host }) => host === x1)?.drift).toBe("taken-over");
    store.atomically(() => {
      store.snapshot(state);
      if (hub) keepHubMemory(store, hub);
    });
    store.close();

    const again = open(folder);
    expect(again.recovered).toBeNull();
    expect(recallHubMemory(again)).toEqual(hub);
    home.state = again.load().snapshot as RolloutState;
    again.close();
    home.ordered.splice(0);
    home.here(x1, rp4, nuc).inTrial(rp4);
    expect(home.key(rp4).attempt).toBe(1); // met in the trial it is in
    expect(home.ended(rp4, "succeeded").states).toContain("rp4 Succeeded");
    expect(trials(home)).toEqual([]);
  });
});

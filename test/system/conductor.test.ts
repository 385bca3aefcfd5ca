import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Bus, clientIdFor, openBus } from "../../src/bus/index.ts";
import {
  type HostName,
  instant,
  type Order,
  parseHostName,
  parseOrder,
  parseSessionId,
  parseStatement,
  type Reported,
  type StorePath,
} from "../../src/contract/index.ts";
import { startMosquitto, type TestBroker } from "../support/brokers.ts";
import {
  DAY_MS,
  pathFor,
  reportedOf,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";

const HUB = fileURLToPath(new URL("conductor-process.ts", import.meta.url));
const hosts = ["rp4", "nuc"].map(parseHostName);

/** On a machine with twenty busy programs on two cores a hub was measured to take 25 s from its birth to the end. */
const SAYS_WITHIN_MS = 75_000;

type Said = Readonly<Record<string, unknown>>;

/** A hub in a process of its own. */
class HubProcess {
  readonly child: ChildProcess;
  readonly said: Said[] = [];
  readonly #waiting = new Set<() => void>();
  readonly exited: Promise<unknown>;

  constructor(broker: TestBroker, folder: string, killAt: number) {
    const args = [HUB, broker.url, folder, String(killAt)];
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.exited = once(this.child, "exit").then(() => this.#wake());
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.said.push(JSON.parse(line) as Said);
      this.#wake();
    });
  }

  /** Resolves when it has said it, or has ended; what it said instead is what a test that waits for ever must show. */
  async until(name: string): Promise<Said | undefined> {
    const limit = new AbortController();
    const late = setTimeout(() => {
      limit.abort();
      this.#wake();
    }, SAYS_WITHIN_MS);
    try {
      for (;;) {
        const found = this.said.find((one) => name in one);
        if (found || this.child.exitCode !== null || this.child.signalCode !== null) return found;
        if (limit.signal.aborted) throw new Error(`no ${name} in ${JSON.stringify(this.said)}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(late);
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.exited;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** What a host that keeps the contract makes of an order; a trial or commit is one deed. */
function carriedOut(
  { rollout, attempt, counter, goal }: Order,
  target: StorePath,
  before: Partial<Reported>,
  deeds: string[],
): Partial<Reported> {
  const isSame = before.rollout === rollout && before.attempt === attempt;
  const now = {
    ...(isSame ? before : { current: before.current ?? null }),
    rollout,
    attempt,
    counter,
    target,
  };
  if (goal === "stage") return before.phase === "in-trial" ? now : { ...now, phase: "staged" };
  if (goal === "trial" && before.phase === "staged") {
    deeds.push(`trial ${target}`);
    return { ...now, phase: "in-trial", current: target };
  }
  if (goal === "commit" && before.phase === "in-trial") {
    deeds.push(`commit ${target}`);
    const outcome = { code: "succeeded", reason: null, message: "" } as const;
    return { ...now, phase: "idle", profile: target, outcome };
  }
  return now;
}

/** Shorter than the agent's 30 s: a report that a hub missed while it was away must reach it within a test. */
const HEARTBEAT_MS = 3_000;

/** A host that keeps the contract: each attempt is tried once, whatever is ordered again. */
async function playHost(broker: TestBroker, host: HostName) {
  const session = parseSessionId(randomUUID());
  const bus = await openBus({
    ...{ broker: broker.url, clientId: clientIdFor(host, "test") },
    presence: { address: { kind: "availability", host }, session },
  });
  const deeds: string[] = [];
  const orders: Order[] = [];
  let seq = 0;
  let last: Partial<Reported> = { current: pathFor("old"), counter: 0 };
  const report = (): void => {
    seq += 1;
    void bus.retain({ kind: "reported", host }, reportedOf("old", { host, session, seq, ...last }));
  };
  await bus.subscribe({ kind: "desired", host }, ({ payload }) => {
    const order = parseOrder(Buffer.from(payload.order.payload, "base64"));
    const { storePath } = parseStatement(Buffer.from(payload.statement.payload, "base64"));
    if (order.counter <= (last.counter ?? 0)) return;
    orders.push(order);
    last = carriedOut(order, storePath, last, deeds);
    report();
  });
  // As the agent does: a hub that is back hears where the host stands.
  await bus.subscribe({ kind: "hubStatus" }, ({ payload }) => {
    if (payload.state === "online") report();
  });
  const heartbeat = setInterval(
    () => last.phase !== "idle" && last.rollout && report(),
    HEARTBEAT_MS,
  );
  const close = async (): Promise<void> => {
    clearInterval(heartbeat);
    await bus.close();
  };
  return { host, deeds, orders, close };
}

async function home() {
  const broker = await startMosquitto();
  const folder = await mkdtemp(join(tmpdir(), "nixwave-conductor-"));
  const agents = await Promise.all(hosts.map((host) => playHost(broker, host)));
  const ci: Bus = await openBus({ broker: broker.url, clientId: clientIdFor("ci", "test") });
  const hubs: HubProcess[] = [];
  const open = (killAt = 0): HubProcess => {
    const hub = new HubProcess(broker, join(folder, "state"), killAt);
    hubs.push(hub);
    return hub;
  };
  const publish = async (closure: string): Promise<void> => {
    const at = Date.now();
    const statements = hosts.map((host) => {
      const own = { host, serial: at as never, issued: instant(at), expires: instant(at + DAY_MS) };
      return sealStatement(statementOf(`${closure} ${host}`, own)).envelope;
    });
    const release = { v: 1, statements } as const;
    await ci.publishConfirmed({ kind: "release", channel: "main" as never }, release, {
      timeoutMs: 10_000,
    });
  };
  const close = async (): Promise<void> => {
    for (const hub of hubs) await hub.end("SIGKILL");
    for (const one of [...agents, ci]) await one.close();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const wipe = () => rm(join(folder, "state"), { recursive: true, force: true });
  return { agents, open, publish, wipe, [Symbol.asyncDispose]: close };
}

const deedsFor = (closure: string) =>
  hosts.map((host) => [
    `trial ${pathFor(`${closure} ${host}`)}`,
    `commit ${pathFor(`${closure} ${host}`)}`,
  ]);

describe.skipIf(needs("mosquitto").skip)("a hub whose process is killed", () => {
  // Durable but not ordered, handed over, acknowledged, told: a walk through the orders and announcements of a rollout.
  it.each([1, 2, 3, 5, 8, 11, 15, 19, 24])(
    "at step %i comes to the same end, with each host tried and kept once",
    { timeout: 180_000 },
    async (killAt) => {
      await using it = await home();
      const first = it.open(killAt);
      await first.until("open");
      await it.publish("new");
      await first.until("killed");
      await first.exited;
      expect(first.child.signalCode).toBe("SIGKILL");
      const second = it.open();
      const ended = await second.until("ended");
      expect(ended?.["ended"]).toEqual(["Promoted"]);
      expect(it.agents.map(({ deeds }) => deeds)).toEqual(deedsFor("new"));
      for (const { orders } of it.agents) {
        expect(new Set(orders.map(({ hub, attempt }) => `${hub} ${attempt}`)).size).toBe(1);
      }
      expect(second.said.filter((one) => "failed" in one)).toEqual([]);
    },
  );

  it("and loses its journal with it goes on from what the broker holds", {
    timeout: 180_000,
  }, async () => {
    await using it = await home();
    const first = it.open(9);
    await first.until("open");
    await it.publish("new");
    await first.until("killed");
    await first.exited;
    await it.wipe();
    const second = it.open();
    expect((await second.until("ended"))?.["ended"]).toEqual(["Promoted"]);
    expect(it.agents.map(({ deeds }) => deeds)).toEqual(deedsFor("new"));
  });
});

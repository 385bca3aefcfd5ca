import { randomUUID } from "node:crypto";
import { type Bus, openBus } from "../../src/bus/index.ts";
import {
  type HostName,
  instant,
  parseOrder,
  parseSessionId,
  parseStatement,
  type Reported,
  type Serial,
  type StorePath,
} from "../../src/contract/index.ts";
import {
  CHANNEL,
  DAY_MS,
  pathFor,
  reportedOf,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import type { BenchBroker } from "./brokers.ts";

/** Fewer than any accept backlog. */
const CONNECTS_AT_ONCE = 25;

/** Hosts on the wire, each with a connection of its own, that obey every order at once and well. */
export async function playFleet(
  broker: Pick<BenchBroker, "url" | "credentials">,
  hosts: readonly HostName[],
): Promise<readonly Bus[]> {
  const buses: Bus[] = [];
  while (buses.length < hosts.length) {
    const next = hosts.slice(buses.length, buses.length + CONNECTS_AT_ONCE);
    buses.push(...(await Promise.all(next.map((host) => playHost(broker, host)))));
  }
  return buses;
}

async function playHost(
  broker: Pick<BenchBroker, "url" | "credentials">,
  host: HostName,
): Promise<Bus> {
  const session = parseSessionId(randomUUID());
  const bus = await openBus({
    broker: broker.url,
    clientId: `${host}-agent`,
    ...broker.credentials(host),
    presence: { address: { kind: "availability", host }, session },
  });
  let now = reportedOf("old", { host, session });
  const report = (news: Partial<Reported>): void => {
    now = { ...now, ...news, seq: now.seq + 1 };
    void bus.retain({ kind: "reported", host }, now);
  };
  await bus.subscribe({ kind: "desired", host }, ({ payload }) => {
    const order = parseOrder(Buffer.from(payload.order.payload, "base64"));
    const { storePath } = parseStatement(Buffer.from(payload.statement.payload, "base64"));
    const { rollout, attempt, counter } = order;
    report({ rollout, attempt, counter, target: storePath, ...obeyed(order.goal, storePath) });
  });
  report({});
  return bus;
}

function obeyed(goal: string, path: StorePath): Partial<Reported> {
  if (goal === "stage") return { phase: "staged", outcome: null };
  if (goal === "trial") return { phase: "in-trial", current: path, outcome: null };
  if (goal !== "commit") throw new Error(`a rollout without a fault ordered ${goal}`);
  const outcome = { code: "succeeded", reason: null, message: "" } as const;
  return { phase: "idle", current: path, profile: path, outcome };
}

/** CI, which publishes one release after another, each of other systems than the one before. */
export function benchReleases(ci: Bus, hosts: readonly HostName[]) {
  let last = 0;
  return async (): Promise<string> => {
    last = Math.max(Date.now(), last + 1);
    const title = `release ${last}`;
    const issued = instant(Date.now());
    const statements = hosts.map((host) =>
      sealStatement(
        statementOf(title, {
          ...{ host, title, serial: last as Serial, issued, expires: instant(issued + DAY_MS) },
          storePath: pathFor(`${title} ${host}`),
        }),
      ),
    );
    const release = { v: 1, statements: statements.map(({ envelope }) => envelope) } as const;
    await ci.retain({ kind: "release", channel: CHANNEL }, release);
    return title;
  };
}

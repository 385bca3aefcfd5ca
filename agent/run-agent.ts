import { join } from "node:path";
import { type BusEvent, clientIdFor, openBus } from "../src/bus/index.ts";
import { instant } from "../src/contract/index.ts";
import { Agent, newSession } from "./agent.ts";
import type { AgentConfig } from "./config.ts";
import { readHostFacts } from "./host-facts.ts";
import { openHostMemory } from "./host-memory.ts";
import { openNixStore } from "./nix-store.ts";
import manifest from "./package.json" with { type: "json" };
import { readWhole } from "./read-whole.ts";
import { switchSystem } from "./switch-system.ts";

/**
 * Connects and serves until stopped.
 * @param path where programs are looked for
 * @returns stops it: the running step ends, the connection closes
 */
export async function runAgent(
  config: AgentConfig,
  path: string,
  say: (line: string) => void,
): Promise<() => Promise<void>> {
  const { trust, root } = config;
  const { host } = trust;
  const memory = await openHostMemory(config.stateDirectory, trust.epoch);
  const session = newSession();
  const store = openNixStore({
    ...{ root, path, substituters: config.substituters, cacheKeys: config.cacheKeys },
    cacheDirectory: join(config.stateDirectory, "nix-cache"),
    pullLimitMs: config.pullLimit,
  });
  const switching = { root, path, locate: store.locate, limitMs: config.switchLimit };
  const now = () => instant(Date.now());
  const bus = await openBus({
    broker: config.broker,
    base: config.base,
    clientId: clientIdFor(host, "agent", "main"),
    ...(await login(config)),
    presence: { address: { kind: "availability", host }, session },
    log: (event) => sayEvent(event, say),
  });
  const agent = new Agent(
    {
      ...{ trust, memory, store, session, say, now, system: trust.system },
      agentVersion: manifest.version,
      switchTo: (system, verb) => switchSystem(switching, system, verb),
      facts: () => readHostFacts(root),
      clock: () => ({ now: now(), synchronised: config.clock === "assume" }),
    },
    bus,
  );
  await agent.start();
  await bus.subscribe({ kind: "hubStatus" }, (message) => agent.hubStatus(message));
  await bus.subscribe(
    { kind: "desired", host },
    (message) => void agent.desired(message.bytes),
    (error, topic) => say(`refused on ${topic}: ${error.code}: ${error.message}`),
  );
  say(`ready: ${host} at ${config.broker}`);
  return async () => {
    await agent.stop();
    await bus.close();
  };
}

async function login({ trust, passwordFile }: AgentConfig) {
  if (passwordFile === null) return {};
  const password = Buffer.from(await readWhole(passwordFile)).toString("utf8");
  return { username: trust.host, password: password.replace(/\r?\n$/, "") };
}

function sayEvent(event: BusEvent, say: (line: string) => void): void {
  if ("error" in event) {
    const { error } = event;
    say(`${event.event}: ${error instanceof Error ? error.message : String(error)}`);
  } else say(event.event);
}

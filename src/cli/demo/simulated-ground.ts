import { randomUUID } from "node:crypto";
import { clientIdFor, openBus, parseBrokerUrl } from "../../bus/index.ts";
import {
  type DurationMs,
  type HostName,
  instant,
  parseChannel,
  parseFleetName,
  parseSessionId,
  type SessionId,
  type StorePath,
} from "../../contract/index.ts";
import {
  CHANNEL,
  type DemoHome,
  type DemoHostPlan,
  FLEET,
  RP4,
  readPassword,
} from "./demo-home.ts";
import type { Ground, HostAgent, Places } from "./ground.ts";
import type { Environment } from "./host-nix.ts";
import type { DemoRelease } from "./make-release.ts";
import { signAndAnnounce } from "./publish-release.ts";
import { type HostPorts, SimulatedHost } from "./simulated-host.ts";

const WINDOW_MS = 3_600_000 as DurationMs;
const AGENT = "0.0.0+simulated";

const newSession = (): SessionId => parseSessionId(randomUUID());

/** Hosts that are made up in this process: they speak the wire and judge orders, and do nothing else. */
export function simulatedGround(home: DemoHome, places: Places, environment: Environment): Ground {
  const installed = new Map<HostName, StorePath>();
  const hosts = new Map<HostName, SimulatedHost>();
  const releases: DemoRelease[] = [];
  return {
    isSimulated: true,
    install: async ({ host }, system) => void installed.set(host, system),
    async start(plan) {
      const path = installed.get(plan.host) as StorePath;
      const { host, agent } = await beginHost(home, places, plan, path);
      hosts.set(plan.host, host);
      return agent;
    },
    async publish(release, tell) {
      releases.push(release);
      await signAndAnnounce(home, release, places, environment, tell);
    },
    async isHeating() {
      const current = hosts.get(RP4)?.current;
      const running = releases.find(({ paths }) => paths.get(RP4) === current);
      return running?.heating !== "broken";
    },
    generations: async ({ host }) =>
      Array.from({ length: hosts.get(host)?.generations ?? 1 }, (_, index) => index + 1),
  };
}

async function beginHost(
  home: DemoHome,
  { brokerUrl }: Places,
  { host, system }: DemoHostPlan,
  installed: StorePath,
): Promise<{ readonly host: SimulatedHost; readonly agent: HostAgent }> {
  const bootId = newSession();
  let session = newSession();
  let seq = 0;
  const bus = await openBus({
    ...{
      broker: parseBrokerUrl(brokerUrl),
      clientId: clientIdFor(host, "simulated"),
      username: host,
    },
    password: await readPassword(home.passwordFile(host)),
    presence: { address: { kind: "availability", host }, session },
  });
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => undefined); // raced by the caller
  const now = () => instant(Date.now());
  const ports: HostPorts = {
    now,
    after(delayMs, what) {
      const timer = setTimeout(what, delayMs);
      return () => clearTimeout(timer);
    },
    report(report) {
      seq += 1;
      const own = { bootId, session, seq, agent: AGENT, at: now() };
      bus.retain({ kind: "reported", host }, { ...report, ...own }).catch(reject);
    },
    progress: (progress) => void bus.publish({ kind: "progress", host }, progress).catch(reject),
    renewSession() {
      session = newSession();
      bus.renew(session).catch(reject);
    },
  };
  const simulated = new SimulatedHost(trustOf(home, { host, system }), installed, ports);
  simulated.say();
  await bus.subscribe({ kind: "desired", host }, ({ bytes }) => simulated.receive(bytes));
  const stop = async (): Promise<void> => {
    simulated.stop();
    await bus.close();
  };
  return { host: simulated, agent: { ended, stop } };
}

const trustOf = (home: DemoHome, { host, system }: Pick<DemoHostPlan, "host" | "system">) => ({
  ...{ fleet: parseFleetName(FLEET), host, system, channel: parseChannel(CHANNEL) },
  releaseKeys: { keys: [home.releaseKey.publicKey], threshold: 1 },
  hubKeys: { keys: [home.hubKey.publicKey], threshold: 1 },
  ...{ epoch: 1, serialFloor: 0, rollbackWindow: WINDOW_MS },
});

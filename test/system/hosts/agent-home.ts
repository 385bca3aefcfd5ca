import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBus, parseBrokerUrl } from "../../../src/bus/index.ts";
import type { Order, Reported } from "../../../src/contract/index.ts";
import { bundleProgram } from "../../../tools/bundle.ts";
import { startAedes } from "../../support/brokers.ts";
import { HOST } from "../../support/contract-builders.ts";
import type { HostPlan } from "../../support/simulated-host/host-shape.ts";
import { bootLabHost, type LabHost } from "../../support/simulated-host/lab-host.ts";
import { type LabPlan, type LabSystem, openLab } from "../../support/simulated-host/lab-system.ts";
import { makeNetwork } from "../../support/simulated-host/simulated-network.ts";

export interface AgentBundles extends AsyncDisposable {
  /** The file of the agent's bundle that reports this version. */
  of(version: string): { readonly file: string };
}

/** The real bundle of the agent, once for each version: only the version that it reports differs. */
export async function buildAgents(...versions: readonly string[]): Promise<AgentBundles> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-agents-"));
  const of = (version: string) => ({ file: join(folder, `agent-${version}.mjs`) });
  await bundleProgram("nixwave-agent", join(folder, "nixwave-agent.mjs"));
  const bundle = await readFile(join(folder, "nixwave-agent.mjs"), "utf8");
  const mark = /(?<=name:"@nixwave\/agent",version:")\d+\.\d+\.\d+(?=")/g;
  if (bundle.match(mark)?.length !== 1) throw new Error("the bundle's version is not found once");
  for (const version of versions) {
    await writeFile(of(version).file, bundle.replace(mark, version));
  }
  return { of, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export interface AgentHome extends AsyncDisposable {
  readonly host: LabHost;
  readonly old: LabSystem;
  readonly fresh: LabSystem;
  /** The hub's retained word over the broker. */
  order(goal: Order["goal"], system: LabSystem, differences?: Partial<Order>): Promise<void>;
  /** All that agents of this host have published, in order. */
  readonly heard: readonly Reported[];
  /** The first of the agents' reports, heard already or to come, for which it holds. */
  reported(isIt: (report: Reported) => boolean): Promise<Reported>;
}

const PATIENCE_MS = 70_000;

/** What a host has around it. */
export interface Surroundings {
  readonly broker: string;
  readonly cacheUrl: string;
}
type SystemPlan = Omit<LabPlan, "version">;
type PlanAround = SystemPlan | ((around: Surroundings) => SystemPlan);

/** A simulated host whose agent is a service of its system, and a real broker between it and the hub. */
export async function agentHome(plan: {
  readonly old: PlanAround;
  readonly next: PlanAround;
  readonly install?: HostPlan["install"];
}): Promise<AgentHome> {
  await using ends = new AsyncDisposableStack();
  const network = ends.use(makeNetwork());
  const broker = await startAedes();
  ends.defer(() => broker.stop());
  const port = await forwarded(network.gateway, broker.port, ends);
  const lab = ends.use(await openLab());
  const url = `mqtt://${network.gateway}:${port}`;
  const planned = (one: PlanAround): SystemPlan =>
    typeof one === "function" ? one({ broker: url, cacheUrl: lab.cacheUrl }) : one;
  const old = await lab.add({ version: "1", ...planned(plan.old) });
  const fresh = await lab.add({ version: "2", ...planned(plan.next) });
  const hub = await openBus({ broker: parseBrokerUrl(broker.url), clientId: "hub-test" });
  ends.defer(() => hub.close());
  const { install } = plan;
  const host = ends.use(
    await bootLabHost(lab, old, { broker: url }, { network, ...(install && { install }) }),
  );
  const heard: Reported[] = [];
  let wake = (): void => undefined;
  await hub.subscribe({ kind: "reported" }, ({ payload }) => {
    heard.push(payload);
    wake();
  });
  const all = ends.move();
  return {
    ...{ host, old, fresh, heard },
    order: async (goal, system, differences) => {
      const bytes = host.orderBytes(goal, system, differences);
      const payload = JSON.parse(Buffer.from(bytes).toString("utf8")) as never;
      await hub.retain({ kind: "desired", host: HOST }, payload);
    },
    async reported(isIt) {
      const giveUp = AbortSignal.timeout(PATIENCE_MS);
      giveUp.addEventListener("abort", () => wake());
      for (;;) {
        const found = heard.find(isIt);
        if (found) return found;
        if (giveUp.aborted) {
          const said = host.machine.console().split("\n").slice(-40).join("\n");
          throw new Error(`last report: ${JSON.stringify(heard.at(-1), null, 1)}\n${said}`);
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A port of the host's network behind which the broker of this machine listens. */
async function forwarded(address: string, to: number, ends: AsyncDisposableStack): Promise<number> {
  const server = createServer((socket) => {
    const onward = connect({ port: to, host: "127.0.0.1" });
    socket.pipe(onward).pipe(socket);
    const end = () => void [socket, onward].map((one) => one.destroy());
    for (const one of [socket, onward]) one.on("error", end);
  });
  server.listen(0, address);
  await once(server, "listening");
  ends.defer(() => void server.close());
  return (server.address() as { port: number }).port;
}

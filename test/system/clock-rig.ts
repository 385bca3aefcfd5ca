import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Bus, openBus, parseBrokerUrl } from "../../src/bus/index.ts";
import type { Order, Reported } from "../../src/contract/index.ts";
import { bundleProgram } from "../../tools/bundle.ts";
import { startAedes } from "../support/brokers.ts";
import { HOST } from "../support/contract-builders.ts";
import { bootLabHost, type LabHost } from "../support/simulated-host/lab-host.ts";
import { type LabPlan, type LabSystem, openLab } from "../support/simulated-host/lab-system.ts";
import { makeNetwork } from "../support/simulated-host/simulated-network.ts";

/** Both programs as a release has them. */
export interface Bundles extends AsyncDisposable {
  readonly agent: string;
  readonly activator: string;
}

export async function buildBundles(): Promise<Bundles> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-bundles-"));
  const agent = join(folder, "nixwave-agent.mjs");
  const activator = join(folder, "nixwave-activator.mjs");
  await Promise.all([
    bundleProgram("nixwave-agent", agent),
    bundleProgram("nixwave-activator", activator),
  ]);
  return {
    ...{ agent, activator },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const YEAR_S = 365 * 86_400;
/** What a host's clock shows, against the house's. */
export type Clock = "right" | "1970" | "a year ahead" | "a year behind";
const offsetS: Readonly<Record<Clock, () => number>> = {
  right: () => 0,
  "1970": () => -Math.floor(Date.now() / 1000) + 3600,
  "a year ahead": () => YEAR_S,
  "a year behind": () => -YEAR_S,
};

interface ClockPlan {
  readonly bundles: Bundles;
  readonly clock: Clock;
  readonly isSynchronised: boolean;
  /** Of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly next?: Omit<LabPlan, "version">;
}

export interface ClockHome extends AsyncDisposable {
  readonly host: LabHost;
  readonly old: string;
  readonly fresh: string;
  /** The hub's retained word over the broker, for the new system; the hub's clock is right. */
  order(goal: Order["goal"], differences?: Partial<Order>): Promise<void>;
  setClock(clock: Clock, isSynchronised: boolean): Promise<void>;
  /** The first of the agent's reports, from now on, for which it holds. */
  reported(isIt: (report: Reported) => boolean): Promise<Reported>;
}

/** Where the programs of the host look for their clock: faketime's library reads it at each question. */
const CLOCK_FILE = "/run/lab/clock";
const PATIENCE_MS = 90_000;

/**
 * A simulated host on which both bundles run under faketime, as systemd's services, with a real broker between them
 * and the hub. Only the wall clock is faked: boot time and timers are the kernel's, as when a real clock is set.
 */
export async function clockHome(plan: ClockPlan): Promise<ClockHome> {
  await using ends = new AsyncDisposableStack();
  const network = ends.use(makeNetwork());
  const broker = await startAedes();
  ends.defer(() => broker.stop());
  const url = `mqtt://${network.gateway}:${await forwarded(network.gateway, broker.port, ends)}`;
  const lab = ends.use(await openLab(plan.bundles.activator));
  const old = await lab.add({ version: "1" });
  const fresh = await lab.add({ version: "2", ...plan.next });
  const settings = { broker: url, clock: "system", ...plan.settings };
  const host = ends.use(await bootLabHost(lab, old, settings, { network }));
  const setClock = async (clock: Clock, isSynchronised: boolean): Promise<void> => {
    const file = host.machine.place(CLOCK_FILE);
    await writeFile(`${file}.new`, `${offsetS[clock]() < 0 ? "" : "+"}${offsetS[clock]()}\n`);
    await rename(`${file}.new`, file);
    const mark = host.machine.place("/run/systemd/timesync/synchronized");
    await mkdir(join(mark, ".."), { recursive: true });
    await (isSynchronised ? writeFile(mark, "") : rm(mark, { force: true }));
  };
  await setClock(plan.clock, plan.isSynchronised);
  await host.machine.run("systemctl", "set-environment", ...faked());
  await host.machine.units.install("nixwave-agent.service", agentUnit(plan.bundles.agent));
  const hub = await openBus({ broker: parseBrokerUrl(broker.url), clientId: "hub-test" });
  ends.defer(() => hub.close());
  const reported = await reportsOf(hub, host);
  await host.machine.run("systemctl", "start", "nixwave-agent.service");
  const all = ends.move();
  return {
    ...{ host, old: old.path, fresh: fresh.path, setClock, reported },
    order: (goal, differences) => retain(hub, host, goal, fresh, differences),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function faked(): readonly string[] {
  const library = execFileSync("faketime", ["-m", "-f", "+0s", "printenv", "LD_PRELOAD"], {
    encoding: "utf8",
  }).trim();
  return [
    ...[`LD_PRELOAD=${library}`, `FAKETIME_TIMESTAMP_FILE=${CLOCK_FILE}`, "FAKETIME_NO_CACHE=1"],
    ...["FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"],
    "FAKETIME_DISABLE_SHM=1",
  ];
}

const agentUnit = (program: string): string => `[Unit]
DefaultDependencies=no
[Service]
Type=notify
NotifyAccess=all
WatchdogSec=30s
ExecStart=${process.execPath} ${program} --config /etc/nixwave/config.json
`;

/** A port of the host's network behind which the broker of this machine listens. */
async function forwarded(address: string, to: number, ends: AsyncDisposableStack): Promise<number> {
  const server = createServer((socket) => {
    const onward = connect({ port: to, host: "127.0.0.1" });
    socket.pipe(onward).pipe(socket);
    for (const one of [socket, onward]) one.on("error", () => void [socket, onward].map(end));
  });
  const end = (one: { destroy(): unknown }) => one.destroy();
  server.listen(0, address);
  await once(server, "listening");
  ends.defer(() => void server.close());
  return (server.address() as { port: number }).port;
}

async function retain(
  hub: Bus,
  host: LabHost,
  goal: Order["goal"],
  system: LabSystem,
  differences: Partial<Order> = {},
): Promise<void> {
  const bytes = host.orderBytes(goal, system, differences);
  const payload = JSON.parse(Buffer.from(bytes).toString("utf8")) as never;
  await hub.retain({ kind: "desired", host: HOST }, payload);
}

async function reportsOf(hub: Bus, host: LabHost): Promise<ClockHome["reported"]> {
  let last: Reported | null = null;
  let heard = (): void => undefined;
  await hub.subscribe({ kind: "reported" }, ({ payload }) => {
    last = payload;
    heard();
  });
  return async (isIt) => {
    const giveUp = AbortSignal.timeout(PATIENCE_MS);
    giveUp.addEventListener("abort", () => heard());
    for (;;) {
      if (last !== null && isIt(last)) return last;
      if (giveUp.aborted) {
        const said = host.machine.console().split("\n").slice(-40).join("\n");
        throw new Error(`last report: ${JSON.stringify(last, null, 1)}\n${said}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      heard = resolve;
      await promise;
    }
  };
}

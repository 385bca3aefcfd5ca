import { watch } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  encodePayload,
  formatPublicKey,
  type HostReport,
  hostReportCodec,
  type Order,
} from "../../../src/contract/index.ts";
import {
  CHANNEL,
  CI_KEY,
  counting,
  DAY_MS,
  FLEET,
  HOST,
  HUB_KEY,
  lasting,
  ordered,
  SYSTEM,
  sealStatement,
  statementOf,
} from "../contract-builders.ts";
import type { ExecEnd } from "./exec-inside.ts";
import type { HostPlan, SimulatedHost } from "./host-shape.ts";
import { CACHE_KEY, type Lab, type LabSystem } from "./lab-system.ts";
import { bootHost } from "./simulated-host.ts";

const AGENT = fileURLToPath(new URL("../../../agent/main.ts", import.meta.url));
export const LEASE_MS = 20_000;
const PATIENCE_MS = 70_000;

export interface LabHost extends AsyncDisposable {
  readonly machine: SimulatedHost;
  /** What the agent would drop: an order of the hub for this system. */
  order(goal: Order["goal"], system: LabSystem, differences?: Partial<Order>): Promise<void>;
  /** The bytes of such an order, for who brings them over a broker. */
  orderBytes(goal: Order["goal"], system: LabSystem, differences?: Partial<Order>): Uint8Array;
  /** A release that names this system only, as a file on the host. */
  releaseFile(system: LabSystem): Promise<string>;
  /** `nixwave-agent` on the host. */
  command(...args: readonly string[]): Promise<ExecEnd>;
  /** What the agent writes at each new connection. */
  renewSession(): Promise<void>;
  report(): Promise<HostReport | null>;
  /** The first report for which it holds. @throws Error with the last report and the console */
  until(isIt: (report: HostReport) => boolean): Promise<HostReport>;
  current(): Promise<string>;
  bootDefault(): Promise<string>;
}

/** A simulated host with the first system on it, and the real activator under the real systemd. */
export async function bootLabHost(
  lab: Lab,
  first: LabSystem,
  settings: Readonly<Record<string, unknown>> = {},
  plan: Partial<HostPlan> = {},
): Promise<LabHost> {
  const machine = await bootHost({
    name: HOST,
    ...plan,
    install: async (disk) => {
      await lab.install(disk, first);
      await mkdir(join(disk, "etc/nixwave"), { recursive: true });
      await mkdir(join(disk, "nix/var/nixwave-report"), { recursive: true });
      const config = JSON.stringify({ ...configFor(lab), ...settings });
      await writeFile(join(disk, "etc/nixwave/config.json"), config);
      await writeFile(join(disk, "etc/nixwave/lab-path"), join(disk, "bin")); // a bootctl of its own
      await plan.install?.(disk);
    },
  });
  const host = labHost(machine);
  await host.renewSession();
  await host.until((report) => report.phase === "idle");
  return host;
}

const configFor = (lab: Lab) => ({
  ...{ host: HOST, fleet: FLEET, channel: CHANNEL, system: SYSTEM },
  ...{ broker: "mqtt://127.0.0.1:1883", clock: "assume", switchLimit: "20s" },
  releaseKeys: [formatPublicKey(CI_KEY.publicKey)],
  hubKeys: [formatPublicKey(HUB_KEY.publicKey)],
  substituters: [lab.cacheUrl],
  cacheKeys: [formatPublicKey(CACHE_KEY.publicKey)],
});

function labHost(machine: SimulatedHost): LabHost {
  const inbox = () => machine.place("/run/nixwave/in");
  const reportFolder = join(machine.disk, "nix/var/nixwave-report");
  let counter = Date.now();
  const serials = new Map<string, number>();
  const sealed = ({ path, narHash }: LabSystem) => {
    const serial = serials.get(path) ?? Date.now() + serials.size;
    serials.set(path, serial);
    const times = { issued: serial, expires: serial + DAY_MS };
    return sealStatement(
      statementOf("lab", { storePath: path, narHash, serial, ...times } as never),
    );
  };
  const orderBytes: LabHost["orderBytes"] = (goal, system, differences = {}) => {
    counter += 1;
    const now = Date.now();
    return ordered(sealed(system), {
      ...{ goal, counter: counting(counter), lease: lasting(LEASE_MS) },
      ...{ issued: now as never, notAfter: (now + 600_000) as never, ...differences },
    });
  };
  const drop = async (name: string, bytes: Uint8Array | string): Promise<void> => {
    await mkdir(inbox(), { recursive: true });
    await writeFile(join(inbox(), `.${name}`), bytes);
    await rename(join(inbox(), `.${name}`), join(inbox(), name));
  };
  const report = async (): Promise<HostReport | null> => {
    const bytes = await readFile(join(reportFolder, "report.json")).catch(() => null);
    return bytes && hostReportCodec.parse(bytes);
  };
  return {
    machine,
    report,
    async releaseFile(system) {
      const bytes = encodePayload("release", { v: 1, statements: [sealed(system).envelope] });
      await writeFile(join(machine.disk, "var/lib/release.json"), bytes);
      return "/var/lib/release.json";
    },
    command: (...args) => machine.exec(process.execPath, [AGENT, ...args]),
    orderBytes,
    order: (goal, system, differences) => drop("desired", orderBytes(goal, system, differences)),
    async renewSession() {
      const [uptime, bootId] = await Promise.all([
        machine.run("cat", "/proc/uptime"),
        machine.run("cat", "/proc/sys/kernel/random/boot_id"),
      ]);
      const openedBootMs = Math.round(Number(uptime.split(" ")[0]) * 1000);
      const session = { v: 1, session: "abcdef00", bootId: bootId.trim(), openedBootMs };
      await drop("session", JSON.stringify(session));
    },
    async until(isIt) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, PATIENCE_MS);
      let isOver = false;
      void promise.then(() => {
        isOver = true;
      });
      try {
        for (;;) {
          const changed = nextChange(reportFolder);
          const now = await report();
          if (now && isIt(now)) return now;
          await Promise.race([changed.happened, promise]);
          changed.stop();
          if (isOver) {
            const said = machine.console().split("\n").slice(-40).join("\n");
            throw new Error(`last report: ${JSON.stringify(now, null, 1)}\n${said}`);
          }
        }
      } finally {
        clearTimeout(timer);
        resolve();
      }
    },
    current: () => machine.run("readlink", "/run/current-system"),
    bootDefault: () => machine.run("cat", "/boot/default"),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  };
}

function nextChange(folder: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder, () => resolve());
  return { happened: promise, stop: () => watcher.close() };
}

import { mkdirSync } from "node:fs";
import { instant } from "../../src/contract/index.ts";
import type { AgentConfig } from "../config.ts";
import { nodeFiles } from "../durable/file-port.ts";
import { askPerson } from "../machine/ask-person.ts";
import { openMachine } from "../machine/open-machine.ts";
import { systemCall } from "../machine/system-call.ts";
import { openProbePorts } from "../probe/open-probe-ports.ts";
import { runProbes } from "../probe/run-probes.ts";
import { openNixStore } from "../pull/nix-store.ts";
import { trustAuthorities } from "../trust-authorities.ts";
import { Activator, type RunOutcome } from "./activator.ts";
import { writeCaBundle } from "./ca-bundle.ts";
import { groupIdOf } from "./group-id.ts";
import { openClosures } from "./open-closures.ts";
import { openOrReport } from "./open-or-report.ts";
import { type Places, placesBelow } from "./places.ts";
import type { ActivatorParts } from "./ports.ts";

interface ActivatorOptions {
  readonly config: AgentConfig;
  /** Where programs are looked for. */
  readonly path: string;
  /** This program in the store, by which the running system names its activator; null in development. */
  readonly self: string | null;
  readonly deadmanCommand: readonly string[];
  readonly say: (line: string) => void;
}

const WAITS_ITSELF_MS = 20_000;
const STAYS_MS = 3000;
const REPORT_GROUP = "nixwave";

/** One run of the activator. The caller holds the lock. @throws NixwaveError as openHostMemory */
export async function runActivator(options: ActivatorOptions): Promise<RunOutcome> {
  const { config } = options;
  const places = placesBelow(config.root);
  makeFolders(places);
  const parts = await openParts(options, places);
  const memory = await openOrReport(parts);
  return new Activator(parts, memory).run();
}

function makeFolders(places: Places): void {
  for (const folder of [places.state, places.switches, places.requests, places.nixCache]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  mkdirSync(places.out, { recursive: true, mode: 0o755 });
}

async function openParts(options: ActivatorOptions, places: Places): Promise<ActivatorParts> {
  const { config, path, self, deadmanCommand, say } = options;
  const { trust, root } = config;
  const authorities = await trustAuthorities(config.caFile, say);
  const caBundle = await writeCaBundle(places.nixCache, authorities, say);
  const store = openNixStore({
    ...(caBundle === null ? {} : { caBundle }),
    ...{ root, path, say, substituters: config.substituters, cacheKeys: config.cacheKeys },
    ...{ netrcFile: config.netrcFile, cacheDirectory: places.nixCache },
    limits: { pullMs: config.pullLimit, stallMs: config.stallLimit },
    ...(config.pullJobs === null ? {} : { jobs: config.pullJobs }),
  });
  const { clock, timeZone } = config;
  const isLaptop = config.guards.laptop !== null;
  const machine = openMachine({
    ...{ root, path, stateDirectory: places.state, clock, timeZone, isLaptop, say },
  });
  const ports = openProbePorts(config, path);
  return {
    ...{ trust, places, machine, self, deadmanCommand, say, files: nodeFiles },
    limits: {
      ...{ mode: config.mode, guards: config.guards, rebootToRecover: config.rebootToRecover },
      ...{ switchLimitMs: config.switchLimit, probeLimitMs: config.probeLimit },
    },
    closures: openClosures(store, trust),
    probe: (limitMs, signal) =>
      runProbes(config.probes, ports, AbortSignal.any([signal, AbortSignal.timeout(limitMs)])),
    // where a folder stands for a host, who sits here is nobody of that host
    askPerson: async (notice, text, stop) =>
      root === "/" ? askPerson(notice, text, { call: systemCall(path).run, path, stop }) : null,
    now: () => instant(Date.now()),
    ...{ applyLease: config.lease, waitsItselfMs: WAITS_ITSELF_MS, staysMs: STAYS_MS },
    reportGroupId: root === "/" ? await groupIdOf(REPORT_GROUP) : null,
  };
}

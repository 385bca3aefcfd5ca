import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openConductor } from "../../src/conductor/index.ts";
import {
  DEFAULT_BASE,
  type HostName,
  instant,
  parseHostName,
  parseSessionId,
  type Reported,
} from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import { openStore } from "../../src/store/index.ts";
import { MemoryBroker, MemoryBus } from "../conductor/memory-broker.ts";
import {
  CHANNEL,
  CI_KEY,
  FLEET,
  HUB_KEY,
  reportedOf,
  trusting,
} from "../support/contract-builders.ts";
import { measurePair } from "./measure.ts";
import { type Comparisons, type Measured, spreadUs } from "./row.ts";

const FLEET_OF = 1000;
const SESSION = parseSessionId("0b9f21de-7c1b-4b5e-9d55-000000000001");
const START_MS = Date.UTC(2026, 6, 1);

/** Timers that run when they are told to; what is due later does not run at all. */
class Soon {
  #due: (() => void)[] = [];
  after(delayMs: number, what: () => void): () => void {
    if (delayMs > 0) return () => undefined;
    this.#due.push(what);
    return () => {
      this.#due = this.#due.filter((one) => one !== what);
    };
  }
  run(): void {
    for (const what of this.#due.splice(0)) what();
  }
}

async function openHub(hosts: readonly HostName[]) {
  const broker = new MemoryBroker();
  const soon = new Soon();
  let nowMs = START_MS;
  const clock = () => instant(nowMs);
  const hub = await openConductor({
    ...{ bus: new MemoryBus(broker, clock), session: SESSION, clock, timers: soon },
    folder: mkdtempSync(join(tmpdir(), "nixwave-bench-conductor-")),
    ...{ fleet: FLEET, channel: CHANNEL, base: DEFAULT_BASE, hosts },
    ...{ releaseKeys: trusting(1, CI_KEY), key: HUB_KEY },
    plan: parsePlan({ hosts }),
    home: { language: "en", zone: parseTimeZone("UTC") },
    isClockSynchronised: () => true,
  });
  while (hub.view.isLearning) await new Promise((resolve) => setImmediate(resolve));
  soon.run();
  const report = (host: HostName, seq: number): void => {
    nowMs += 1;
    broker.said.length = 0;
    broker.tell({ kind: "reported", host }, reportOf(host, seq));
    soon.run();
  };
  return { hub, report };
}

const reportOf = (host: HostName, seq: number): Reported =>
  reportedOf("old", { host, session: SESSION, seq, phase: "idle" });

function openBareStore(): (event: unknown) => void {
  const folder = mkdtempSync(join(tmpdir(), "nixwave-bench-conductor-"));
  const parse = (json: unknown): unknown => json;
  const parts = { parseState: parse, parseEvent: parse, parsePast: parse };
  const store = openStore(folder, { ...parts, at: instant(START_MS) });
  store.snapshot({});
  return (event) => store.append([event]);
}

async function report(): Promise<Measured> {
  const hosts = Array.from({ length: FLEET_OF }, (_, n) => parseHostName(`host-${n}`));
  const { hub, report: say } = await openHub(hosts);
  const append = openBareStore();
  let seq = 0;
  const next = () => {
    seq += 1;
    return { host: hosts[seq % FLEET_OF] as HostName, seq };
  };
  const pair = await measurePair({
    ours: () => {
      const { host } = next();
      say(host, seq);
    },
    peer: () => {
      const { host } = next();
      append({ type: "HostReported", at: START_MS, live: true, report: reportOf(host, seq) });
    },
    ...{ callsPerWindow: 20, windows: 21 },
  });
  if (!hub.view.hosts.some(({ online }) => online)) throw new Error("the hub heard no report");
  await hub.close();
  return {
    ours: `from the wire to durable and reduced ${spreadUs(pair.oursUs)}`,
    peer: `the store's own step ${spreadUs(pair.peerUs)}`,
    ratio: pair.ratio,
  };
}

export const conductorRows: Comparisons = {
  "host-report": {
    about: `host-report: a host's report through the whole hub, ${FLEET_OF} hosts / the journal's bare step`,
    goal: 2,
    measure: report,
  },
};

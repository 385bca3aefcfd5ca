import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import {
  DEFAULT_BASE,
  formatPublicKey,
  parseFleetName,
  parseHostName,
  topicOf,
} from "../../src/contract/index.ts";
import { bundleProgram } from "../../tools/bundle.ts";
import { startMosquitto } from "../support/brokers.ts";
import { makeAuthority } from "../support/certificates.ts";
import { keyFrom } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { whileOpen } from "./brokers.ts";
import { bundledProgram } from "./bundled-program.ts";
import { type GatedProcess, startGated } from "./gated-process.ts";
import { inTurn, ratios, spread } from "./measure.ts";
import { type Comparisons, type Measured, spreadMs, type Tell } from "./row.ts";

const HOST = parseHostName("rp4");
const KEY = formatPublicKey(keyFrom("bench-1").publicKey);
const HUB_KEY = formatPublicKey(keyFrom("bench-hub-1").publicKey);
const STARTS = 9;
const RESTS = 5;
/** Idle is what comes after V8's first look back at the start, 8 s after it. */
const SETTLE_MS = 12_000;
const WATCHED_MS = 60_000;
const MOST_ANONYMOUS = 1.5;

const TLS_LISTENER = [
  "listener $PORT 127.0.0.1",
  ...["cafile $DIR/ca.pem", "certfile $DIR/server.pem", "keyfile $DIR/server.key"],
  "allow_anonymous true",
].join("\n");

/** The command lines of the agent's bundle, of the bare process and of mosquitto_sub, to one broker over TLS. */
async function openHome(onEnd: Parameters<Parameters<typeof whileOpen>[0]>[0]) {
  if (needs("mosquitto", "openssl").skip) throw new Error("mosquitto and openssl are needed");
  const { ca, server } = await makeAuthority(HOST);
  const files = { "ca.pem": ca, "server.pem": server.cert, "server.key": server.key };
  const { port } = onEnd(await startMosquitto({ config: TLS_LISTENER, files }), ({ stop }) =>
    stop(),
  );
  const folder = mkdtempSync(join(tmpdir(), "agent-"));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("ca.pem"), ca);
  const config = {
    ...{ host: HOST, fleet: parseFleetName("github:someone/homelab"), channel: "main" },
    ...{ system: "aarch64-linux", broker: `mqtts://127.0.0.1:${port}` },
    tls: { caFile: at("ca.pem") },
    ...{ releaseKeys: [KEY], hubKeys: [HUB_KEY], cacheKeys: [KEY] },
    substituters: ["https://cache.nixos.org"],
  };
  writeFileSync(at("config.json"), JSON.stringify(config));
  await bundleProgram("nixwave-agent", at("agent.mjs"));
  const bare = await bundledProgram("bare-agent.ts");
  const topic = topicOf(DEFAULT_BASE, { kind: "desired", host: HOST });
  const subscriber = [
    "mosquitto_sub",
    "-p",
    String(port),
    "--cafile",
    at("ca.pem"),
    "-d",
    "-t",
    topic,
  ];
  return {
    agent: () => startGated([process.execPath, at("agent.mjs"), "--config", at("config.json")]),
    bare: () => startGated([process.execPath, bare, String(port), at("ca.pem"), topic]),
    // It says on stdout what the two others say on stderr.
    subscriber: () =>
      startGated(["sh", "-c", 'echo ready >&2; exec "$@"', "sh", ...subscriber, "-h", "127.0.0.1"]),
  };
}

interface Seen {
  readonly startMs: number;
  readonly all: number;
  readonly anonymous: number;
}

async function seen(started: Promise<GatedProcess>, settleMs: number): Promise<Seen> {
  const one = await started;
  try {
    await pause(settleMs);
    return { startMs: one.startMs, ...one.memory() };
  } finally {
    await one.end();
  }
}

const startInTurn = (windows: number, settleMs: number, tell: Tell) =>
  whileOpen(async (onEnd) => {
    const { agent, bare } = await openHome(onEnd);
    return inTurn({
      ours: () => seen(agent(), settleMs),
      peer: () => seen(bare(), settleMs),
      windows,
      onTurn: (turn) => tell(`turn ${turn + 1} of ${windows}`),
    });
  });

async function measureMemory(tell: Tell): Promise<Measured> {
  const { ours, peer } = await startInTurn(RESTS, SETTLE_MS, tell);
  const of = (runs: readonly Seen[], what: "all" | "anonymous") => runs.map((run) => run[what]);
  const words = (runs: readonly Seen[]): string => {
    const [all, anonymous] = [spread(of(runs, "all")), spread(of(runs, "anonymous"))];
    return `${all.median.toFixed(1)} MiB, anonymous ${anonymous.median.toFixed(1)} MiB`;
  };
  const anonymous = spread(ratios(of(ours, "anonymous"), of(peer, "anonymous"))).median;
  return {
    ours: `agent ${words(ours)}`,
    peer: `bare Node with tls and crypto ${words(peer)}`,
    ratio: spread(ratios(of(ours, "all"), of(peer, "all"))),
    also: { text: `anonymous ${anonymous.toFixed(2)}`, met: anonymous <= MOST_ANONYMOUS },
  };
}

async function measureStart(tell: Tell): Promise<Measured> {
  const { ours, peer } = await startInTurn(STARTS, 0, tell);
  const startsOf = (runs: readonly Seen[]) => runs.map(({ startMs }) => startMs);
  const [mine, bare] = [startsOf(ours), startsOf(peer)];
  return {
    ours: `agent ${spreadMs(spread(mine))}`,
    peer: `bare Node with tls and crypto ${spreadMs(spread(bare))}`,
    ratio: spread(ratios(mine, bare)),
  };
}

/** All three at the same time: how often each wakes up does not depend on how fast the machine is. */
const measureWakeUps = (tell: Tell): Promise<Measured> =>
  whileOpen(async (onEnd) => {
    const { agent, bare, subscriber } = await openHome(onEnd);
    const all: GatedProcess[] = [];
    for (const start of [agent, bare, subscriber])
      all.push(onEnd(await start(), (one) => one.end()));
    tell("they come to rest");
    await pause(SETTLE_MS);
    const before = all.map((one) => one.sleeps());
    tell(`watched for ${WATCHED_MS / 1000} s`);
    await pause(WATCHED_MS);
    const [ours = 0, floor, peer = 0] = all.map((one, n) => one.sleeps() - (before[n] ?? 0));
    return {
      ours: `agent ${ours} in ${WATCHED_MS / 1000} s (bare Node ${floor}), all threads`,
      peer: `mosquitto_sub ${peer}`,
      ratio: spread([ours / peer]),
    };
  });

export const agentRows: Comparisons = {
  "agent-memory": {
    about: "agent-memory: the agent's bundle, connected over TLS and idle / a bare Node that is",
    goal: 1.15,
    alsoGoal: `anonymous memory <= ${MOST_ANONYMOUS}`,
    measure: measureMemory,
  },
  "agent-start": {
    about: "agent-start: from its start until it is subscribed over TLS / a bare Node",
    goal: 2.5,
    measure: measureStart,
  },
  "agent-wake-ups": {
    about: "agent-wake-ups: of the agent, connected over TLS and idle / mosquitto_sub",
    goal: 0.2,
    measure: measureWakeUps,
  },
};

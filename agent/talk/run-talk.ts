import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { type BusEvent, clientIdFor, openBus, type TlsMaterial } from "../../src/bus/index.ts";
import { instant, type SessionId } from "../../src/contract/index.ts";
import { placesBelow } from "../activator/places.ts";
import type { AgentConfig, TlsFiles } from "../config.ts";
import manifest from "../package.json" with { type: "json" };
import type { WitnessRounds } from "../probe/witness-rounds.ts";
import { readWhole } from "../read-whole.ts";
import type { ActivatorChild } from "./activator-child.ts";
import { activatorProgram } from "./activator-program.ts";
import { bootMoment } from "./boot-time.ts";
import { HubTalk } from "./hub-talk.ts";
import { readOwnFacts } from "./own-facts.ts";
import { readSecret } from "./read-secret.ts";
import { restSmall } from "./rest-small.ts";
import { ServiceNotices, serviceSocketOf } from "./service-notices.ts";
import type { TalkParts } from "./talk-parts.ts";

interface AgentRun {
  readonly config: AgentConfig;
  readonly configFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly say: (line: string) => void;
}

/** Without a connection something is tried at least every 40 s; silence for so long is a hang. */
const HANG_MS = 180_000;

/**
 * Talks until `ended`, and says goodbye. A broker that is not there is waited for; systemd hears at once that
 * we run, or a trial in a house without its broker would end as units that failed.
 * @throws NixwaveError secret-exposed | file-unreadable | too-large | tls-material-invalid | invalid-client-id
 */
export async function runTalk(run: AgentRun, ended: AbortSignal): Promise<void> {
  const { config, say } = run;
  const notices = new ServiceNotices(serviceSocketOf(run.env, run.pid), say);
  const child = config.root === "/" ? null : await standIn(run);
  const signs = signsOfLife(say);
  const talk = new HubTalk(await talkParts(run, signs.note, child));
  const status = (): string =>
    `${talk.isConnected ? "connected to" : "no connection to"} ${config.broker}`;
  notices.begin(() => (talk.isConnected || signs.silentMs() < HANG_MS ? status() : null));
  child?.wake();
  try {
    await Promise.all([notices.ready(status()), untilStarted(talk, ended)]);
    if (!ended.aborted) {
      const over = once(ended, "abort"); // before anything is awaited: it comes once only
      say(`ready: ${config.trust.host} at ${config.broker}`);
      await restSmall();
      await over;
    }
  } finally {
    await Promise.all([notices.stopping(), talk.stop(), child?.stop()]);
  }
}

/** Resolves when it is subscribed, or when it was ended before. */
async function untilStarted(talk: HubTalk, ended: AbortSignal): Promise<void> {
  const { promise: gaveUp, resolve } = Promise.withResolvers<void>();
  ended.addEventListener("abort", () => resolve());
  if (ended.aborted) resolve();
  const started = talk.start();
  started.catch(() => undefined); // of no interest once it was ended
  await Promise.race([started, gaveUp]);
}

async function talkParts(
  { config, say, env }: AgentRun,
  note: (event: BusEvent) => void,
  child: ActivatorChild | null,
): Promise<TalkParts> {
  const { host } = config.trust;
  const options = await busOptions(config);
  const { root, clock } = config;
  const place = { root, clock, isReal: root === "/", path: env["PATH"] ?? "" };
  return {
    ...{ host, bootMoment, say, places: placesBelow(config.root), version: manifest.version },
    publishLog: config.publishLog,
    openBus: (session: SessionId) =>
      openBus({
        ...{ ...options, log: note },
        presence: { address: { kind: "availability", host }, session },
      }),
    facts: (isClockKnown) => readOwnFacts(place, isClockKnown),
    witness: config.witness.length === 0 ? null : await witnessRounds({ config, env, say }),
    now: () => instant(Date.now()),
    dropped: () => child?.wake(),
    reported: (report) => child?.plan(report),
  };
}

/** What this machine does in a host's place, and the words that nobody can miss. Loaded there only. */
async function standIn({ config, configFile, env, say }: AgentRun): Promise<ActivatorChild> {
  say("=".repeat(78));
  say(`SIMULATED: ${config.root} stands for the host ${config.trust.host}.`);
  say("Activator, switch and deadman are plain processes of this machine; no reboot is possible,");
  say("and nothing of what runs here outlives them. This is for development, not for a host.");
  say("=".repeat(78));
  const { NOTIFY_SOCKET: _socket, WATCHDOG_USEC: _usec, WATCHDOG_PID: _pid, ...rest } = env;
  const places = placesBelow(config.root);
  const { ActivatorChild: Child } = await import("./activator-child.ts");
  return new Child({
    ...{ say, lock: places.lock, order: join(places.inbox, "desired") },
    // what V8 makes of the program is kept beside the host's memory: a third of its start
    env: { ...rest, NODE_COMPILE_CACHE: join(places.state, "v8-cache") },
    command: [...activatorProgram(), "--config", configFile],
  });
}

/** Loaded only where the host is somebody's witness. Whatever asks for root is refused in the configuration. */
type WitnessPlace = Pick<AgentRun, "config" | "env" | "say">;

async function witnessRounds({ config, env, say }: WitnessPlace): Promise<WitnessRounds> {
  const [{ trustAuthorities }, { WitnessRounds: Rounds }, { runProbes }, { openProbePorts }] =
    await Promise.all([
      import("../trust-authorities.ts"),
      import("../probe/witness-rounds.ts"),
      import("../probe/run-probes.ts"),
      import("../probe/open-probe-ports.ts"),
    ]);
  await trustAuthorities(config.caFile, say);
  const ports = openProbePorts(config, env["PATH"] ?? "");
  const notices = await awayNotices({ config, say });
  return new Rounds(config.witness, {
    probe: (plans, stop) => runProbes(plans, ports, stop),
    now: () => instant(Date.now()),
    ...(notices ? { onRound: (report, stop) => notices.look(report, stop) } : {}),
  });
}

/** Loaded only where a server elsewhere is to hear of it; null: nowhere. */
async function awayNotices({ config, say }: Pick<AgentRun, "config" | "say">) {
  const plans = new Map(config.witness.flatMap(({ host, away }) => (away ? [[host, away]] : [])));
  if (plans.size === 0) return null;
  const [{ AwayNotices }, { checkTokens, postAway }] = await Promise.all([
    import("./away-notices.ts"),
    import("./post-away.ts"),
  ]);
  await checkTokens([...plans.values()], say);
  const salt = randomBytes(12).toString("hex");
  const { timeZone } = config;
  return new AwayNotices(plans, {
    ...{ post: postAway, nowMs: () => performance.now(), salt, timeZone, say },
  });
}

function signsOfLife(say: (line: string) => void) {
  let lastMs = performance.now();
  return {
    silentMs: () => performance.now() - lastMs,
    note: (event: BusEvent): void => {
      lastMs = performance.now();
      const error = "error" in event ? event.error : undefined;
      const why = error instanceof Error ? `: ${error.message}` : "";
      say(`${event.event}${why}`);
    },
  };
}

async function busOptions(config: AgentConfig) {
  const { host } = config.trust;
  const { broker, base, passwordFile } = config;
  const login =
    passwordFile === null ? {} : { username: host, password: await readSecret(passwordFile) };
  const clientId = clientIdFor(host, "agent", "main");
  return { broker, base, clientId, ...login, tls: await tlsMaterial(config.tls) };
}

async function tlsMaterial({ caFile, certFile, keyFile }: TlsFiles): Promise<TlsMaterial> {
  const pem = async (path: string) => Buffer.from(await readWhole(path));
  return {
    ...(caFile === null ? {} : { ca: await pem(caFile) }),
    ...(certFile === null ? {} : { cert: await pem(certFile) }),
    ...(keyFile === null ? {} : { key: await readSecret(keyFile) }),
  };
}

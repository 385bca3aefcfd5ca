import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bus, clientIdFor, openBus } from "../../src/bus/index.ts";
import { type Conductor, openConductor } from "../../src/conductor/index.ts";
import {
  DEFAULT_BASE,
  encodePayload,
  type HostName,
  instant,
  type NixwaveError,
  parseHostName,
  parseOrder,
  parseSessionId,
  parseStatement,
  type Release,
  type Reported,
  type SecretKey,
} from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import { openWorkshop, type Ran, type Workshop } from "../cli/memory-io.ts";
import {
  CHANNEL,
  CI_KEY,
  DAY_MS,
  FLEET,
  HUB_KEY,
  pathFor,
  reportedOf,
  sealStatement,
  statementOf,
  trusting,
} from "../support/contract-builders.ts";
import { freezableLine } from "./freezable-line.ts";
import { type LiveCommand, startCommand } from "./live-command.ts";
import { type MosquittoHome, openMosquittoHome, PLAN } from "./mosquitto-home.ts";
import { type Answer, doWell } from "./played-hosts.ts";

export const rp3 = parseHostName("rp3");
export const rp4 = parseHostName("rp4");
const HOSTS = [rp4, rp3];

/** A host on which everything works, and which has tried what it is told to take back. */
const doesWell: Answer = (order, statement) =>
  order.goal === "revert"
    ? {
        ...{ phase: "idle", current: pathFor("old") },
        outcome: { code: "rolled-back", reason: "revert-ordered", message: "" },
      }
    : doWell(order, statement);

export const failsAtTrial: Answer = (order, statement) =>
  order.goal === "trial"
    ? { outcome: { code: "failed", reason: "activation-failed", message: "unit heating failed" } }
    : doesWell(order, statement);

/** mosquitto with the access rules that we print, a hub's real shell, hosts that are played, and the command line. */
export interface OperatedHome extends AsyncDisposable {
  readonly broker: MosquittoHome;
  readonly workshop: Workshop;
  readonly failures: readonly NixwaveError[];
  /** Begins or begins again over the same journal. @param terms of the rollout's plan */
  startHub(terms?: object): Promise<Conductor>;
  stopHub(): Promise<void>;
  /** null while none runs. */
  readonly hub: Conductor | null;
  play(host: HostName, answers?: Answer): Promise<Bus>;
  connect(user: string): Promise<Bus>;
  /** Makes a release and writes it to a file of the workshop. @returns its name */
  writeRelease(
    closure: string,
    options?: { key?: SecretKey; hosts?: readonly HostName[] },
  ): Promise<string>;
  nixwave(user: string, ...args: readonly string[]): Promise<Ran>;
  /** In a process of its own, over a line that can be cut. */
  start(user: string, ...args: readonly string[]): LiveCommand;
  /** What `nixwave` finds in its environment. */
  env(user: string): Readonly<Record<string, string>>;
  cutLine(): void;
}

export async function openOperatedHome(): Promise<OperatedHome> {
  const ends = new AsyncDisposableStack();
  const broker = await openMosquittoHome(PLAN);
  ends.defer(() => broker.stop());
  const folder = await mkdtemp(join(tmpdir(), "nixwave-operated-"));
  ends.defer(() => rm(folder, { recursive: true, force: true }));
  const workshop = await openWorkshop();
  ends.defer(() => workshop.remove());
  const line = await freezableLine(broker.port);
  ends.defer(() => line.close());
  const env = (user: string) => ({
    NIXWAVE_BROKER: `mqtt://127.0.0.1:${line.port}`,
    NIXWAVE_BROKER_USER: user,
    NIXWAVE_BROKER_PASSWORD: user,
    GITHUB_STEP_SUMMARY: workshop.at("summary.md"),
  });
  const failures: NixwaveError[] = [];
  let running: { readonly hub: Conductor; readonly bus: Bus } | null = null;

  const connect = async (user: string): Promise<Bus> => {
    const bus = await openBus(credentials(broker, user));
    ends.defer(() => bus.close());
    return bus;
  };
  const stopHub = async (): Promise<void> => {
    const before = running;
    running = null;
    await before?.hub.close();
    await before?.bus.close();
  };
  const startHub = async (terms: object = {}): Promise<Conductor> => {
    const session = parseSessionId(randomUUID());
    const bus = await openBus({
      ...credentials(broker, "hub"),
      presence: { address: { kind: "hubStatus" }, session, appearsLater: true },
    });
    const hub = await openConductor({
      ...{ bus, session, folder: join(folder, "state"), fleet: FLEET, channel: CHANNEL },
      ...{ base: DEFAULT_BASE, hosts: HOSTS, releaseKeys: trusting(1, CI_KEY), key: HUB_KEY },
      plan: parsePlan({
        ...("groups" in terms ? {} : { hosts: HOSTS }),
        settle: "0s",
        soak: "0s",
        lease: "10m",
        ...terms,
      }),
      home: { language: "en", zone: parseTimeZone("UTC") },
      clock: () => instant(Date.now()),
      isClockSynchronised: () => true,
      onFailed: (error) => failures.push(error),
    });
    hub.onHappened(() => undefined); // as the events node: what nobody hears is not recorded
    hub.onRelease((release) => {
      if (hub.examine(release).accepted.length > 0) hub.offer(release);
    });
    bus.appear();
    running = { hub, bus };
    return hub;
  };
  ends.defer(stopHub);
  return {
    ...{ broker, workshop, failures, connect, startHub, stopHub },
    play: (host, answers = doesWell) => playHost(broker, host, answers, ends),
    writeRelease: async (closure, { key = CI_KEY, hosts = HOSTS } = {}) => {
      const name = `${closure}.json`;
      await writeFile(workshop.at(name), encodePayload("release", releaseOf(closure, hosts, key)));
      return name;
    },
    env,
    get hub() {
      return running?.hub ?? null;
    },
    cutLine: () => line.cut(),
    nixwave: (user, ...args) => workshop.nixwave(args, { env: env(user) }),
    start: (user, ...args) => startCommand(args, { cwd: workshop.folder, env: env(user) }),
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

const credentials = ({ url }: MosquittoHome, user: string) => ({
  ...{ broker: url, clientId: clientIdFor(user, "test"), username: user, password: user },
});

function releaseOf(closure: string, hosts: readonly HostName[], key: SecretKey): Release {
  const at = Date.now();
  const statements = hosts.map((host) => {
    const own = { host, serial: at as never, issued: instant(at), expires: instant(at + DAY_MS) };
    return sealStatement(statementOf(`${closure} ${host}`, { ...own, title: closure }), key)
      .envelope;
  });
  return { v: 1, statements };
}

async function playHost(
  broker: MosquittoHome,
  host: HostName,
  answers: Answer,
  ends: AsyncDisposableStack,
): Promise<Bus> {
  const session = parseSessionId(randomUUID());
  const bus = await openBus({
    ...credentials(broker, host),
    presence: { address: { kind: "availability", host }, session },
  });
  ends.defer(() => bus.close());
  let seq = 0;
  let counter = 0;
  let last: Partial<Reported> = {};
  const report = (): void => {
    seq += 1;
    const payload = reportedOf("old", { host, session, seq, ...last });
    bus.retain({ kind: "reported", host }, payload).catch(() => undefined); // the test has ended
  };
  await bus.subscribe({ kind: "desired", host }, ({ payload }) => {
    const order = parseOrder(Buffer.from(payload.order.payload, "base64"));
    if (order.counter <= counter) return;
    counter = order.counter;
    const statement = parseStatement(Buffer.from(payload.statement.payload, "base64"));
    const said = answers(order, statement);
    if (!said) return;
    const { rollout, attempt } = order;
    last = { rollout, attempt, counter, target: statement.storePath, ...said };
    report();
  });
  await bus.subscribe({ kind: "hubStatus" }, ({ payload }) => {
    if (payload.state === "online") report();
  });
  return bus;
}

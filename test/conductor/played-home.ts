import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Conductor,
  type ConductorOptions,
  type Happened,
  openConductor,
} from "../../src/conductor/index.ts";
import {
  DEFAULT_BASE,
  type EpochMs,
  type HostName,
  instant,
  type NixwaveError,
  type Order,
  parseHostName,
  parseOrder,
  parseSessionId,
  parseStatement,
  type Release,
  type Reported,
  type Statement,
} from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import {
  CHANNEL,
  CI_KEY,
  DAY_MS,
  FLEET,
  HUB_KEY,
  NOON,
  pathFor,
  reportedOf,
  sealStatement,
  statementOf,
  trusting,
} from "../support/contract-builders.ts";
import { MemoryBroker, MemoryBus } from "./memory-broker.ts";

export const rp4 = parseHostName("rp4");
export const nuc = parseHostName("nuc");

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that passes only when a test lets it. */
export class Clock {
  now: number = NOON;
  /** Lets everything that is on its way arrive. */
  settled: () => Promise<void> = breathe;
  #timers: { readonly at: number; readonly what: () => void }[] = [];

  readonly timers = {
    after: (delayMs: number, what: () => void): (() => void) => {
      const timer = { at: this.now + Math.max(0, delayMs), what };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      };
    },
  };

  /** Lets promises settle, then whatever is due within `ms`, in order. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await this.settled();
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.now = Math.max(this.now, next.at);
      next.what();
      await this.settled();
    }
    this.now = end;
  }

  /** The process that had them has ended. */
  forget(): void {
    this.#timers = [];
  }
}

type Plays = (order: Order, statement: Statement) => Partial<Reported> | null;

/** A host on which everything works. */
export const doWell: Plays = ({ goal }, { storePath }) => {
  switch (goal) {
    case "stage":
      return { phase: "staged", current: pathFor("old") };
    case "trial":
    case "boot":
      return { phase: "in-trial", current: storePath };
    case "commit":
      return {
        ...{ phase: "idle", current: storePath, profile: storePath },
        outcome: { code: "succeeded", reason: null, message: "" },
      };
    case "revert":
      return {
        ...{ phase: "idle", current: pathFor("old") },
        outcome: { code: "rolled-back", reason: "revert-ordered", message: "" },
      };
  }
};

/** A home with the hub's shell in it, over a broker in memory and a real journal. */
export class PlayedHome {
  readonly clock = new Clock();
  readonly broker = new MemoryBroker();
  bus = new MemoryBus(this.broker, () => this.clock.now);
  folder: string = mkdtempSync(join(tmpdir(), "nixwave-conductor-"));
  readonly failures: NixwaveError[] = [];
  readonly happened: Happened[] = [];
  readonly orders: Order[] = [];
  readonly #sessions = new Map<HostName, { session: Reported["session"]; seq: number }>();
  readonly #last = new Map<HostName, Partial<Reported>>();
  hub: Conductor | null = null;
  readonly #killed: Conductor[] = [];
  readonly #folders: string[] = [];
  isSynchronised = true;
  session = parseSessionId(randomUUID());

  options(differences: Partial<ConductorOptions> = {}): ConductorOptions {
    return {
      ...{
        bus: this.bus,
        session: this.session,
        folder: this.folder,
        fleet: FLEET,
        channel: CHANNEL,
      },
      ...{ base: DEFAULT_BASE, releaseKeys: trusting(1, CI_KEY), key: HUB_KEY, hosts: [rp4, nuc] },
      plan: planWith({}),
      home: { language: "en", zone: parseTimeZone("UTC") },
      clock: () => this.clock.now as EpochMs,
      isClockSynchronised: () => this.isSynchronised,
      onFailed: (error) => this.failures.push(error),
      timers: this.clock.timers,
      ...differences,
    };
  }

  async open(differences: Partial<ConductorOptions> = {}, listens = true): Promise<Conductor> {
    this.session = differences.session ?? parseSessionId(randomUUID());
    const hub = await openConductor(this.options(differences));
    this.hub = hub;
    if (listens) hub.onHappened((one) => this.happened.push(one));
    await this.clock.pass(100);
    return hub;
  }

  /** Ends it in order and begins it again. */
  async restart(differences: Partial<ConductorOptions> = {}): Promise<Conductor> {
    await this.hub?.close();
    this.bus.cut();
    this.clock.forget();
    this.bus = new MemoryBus(this.broker, () => this.clock.now);
    return await this.open(differences);
  }

  /** Its process is gone between two moments; what was on disk then is what the next one finds. */
  async kill(): Promise<void> {
    this.bus.cut();
    this.clock.forget();
    this.#killed.push(this.hub as Conductor);
    this.hub = null;
    const before = this.folder;
    this.#folders.push(before);
    this.folder = mkdtempSync(join(tmpdir(), "nixwave-conductor-"));
    cpSync(before, this.folder, { recursive: true });
    this.bus = new MemoryBus(this.broker, () => this.clock.now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const hub of [...this.#killed, this.hub]) await hub?.close();
    for (const folder of [...this.#folders, this.folder]) {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Answers orders as the host would; null from `plays` says nothing. */
  play(host: HostName, plays: Plays = doWell): void {
    const session = parseSessionId(randomUUID());
    this.#sessions.set(host, { session, seq: 0 });
    this.broker.tell({ kind: "availability", host }, { state: "online", session });
    this.broker.listen(`${DEFAULT_BASE}/hosts/${host}/desired`, ({ bytes }) => {
      const desired = JSON.parse(Buffer.from(bytes).toString());
      const order = parseOrder(Buffer.from(desired.order.payload, "base64"));
      const statement = parseStatement(Buffer.from(desired.statement.payload, "base64"));
      this.orders.push(order);
      const said = plays(order, statement);
      const { rollout, attempt, counter } = order;
      if (said) {
        this.report(host, { rollout, attempt, counter, target: statement.storePath, ...said });
      }
    });
  }

  /** The host says once more where it stands, as it does when the hub is back. */
  repeat(host: HostName): void {
    this.report(host, this.#last.get(host) ?? {});
  }

  report(host: HostName, what: Partial<Reported>): void {
    this.#last.set(host, what);
    const own = this.#sessions.get(host) ?? { session: parseSessionId(randomUUID()), seq: 0 };
    own.seq += 1;
    this.#sessions.set(host, own);
    const { session, seq } = own;
    this.broker.tell(
      { kind: "reported", host },
      reportedOf("old", { host, session, seq, ...what }),
    );
  }
}

const PLAN = { lease: "10m" };

/** The plan of this home with other terms. */
export const planWith = (terms: object): ConductorOptions["plan"] =>
  parsePlan({ hosts: [rp4, nuc], settle: "0s", soak: "0s", ...PLAN, ...terms });

/** What CI publishes for these hosts. */
export function releaseOf(closure: string, at: number, hosts = [rp4, nuc], key = CI_KEY): Release {
  return {
    v: 1,
    statements: hosts.map((host) => {
      const own = { host, serial: at as never, issued: instant(at), expires: instant(at + DAY_MS) };
      return sealStatement(statementOf(`${closure} ${host}`, own), key).envelope;
    }),
  };
}

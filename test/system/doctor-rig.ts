import { afterEach, beforeEach } from "vitest";
import { type Bus, clientIdFor, openBus, parseBrokerUrl } from "../../src/bus/index.ts";
import {
  formatPublicKey,
  type HostName,
  instant,
  parseHostName,
  parseSessionId,
} from "../../src/contract/index.ts";
import { openWorkshop, type Ran, type RunOptions, type Workshop } from "../cli/memory-io.ts";
import {
  CHANNEL,
  CI_KEY,
  DAY_MS,
  HUB_KEY,
  orderOf,
  reportedOf,
  type SealedStatement,
  sealOrder,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";

export const [rp3, rp4] = ["rp3", "rp4"].map(parseHostName) as [HostName, HostName];
const ROOMY = 20 * 1024 ** 3;
export const SESSIONS = ["a", "b"].map((one) =>
  parseSessionId(`${one.repeat(8)}-1111-4111-8111-111111111111`),
) as [ReturnType<typeof parseSessionId>, ReturnType<typeof parseSessionId>];
export const KEYS = [
  "--key",
  formatPublicKey(CI_KEY.publicKey),
  "--hub-key",
  formatPublicKey(HUB_KEY.publicKey),
];

interface Seen {
  readonly status: number;
  readonly stderr: string;
  /** What it says of each check. */
  readonly of: (id: string) => readonly [state: string, said: string];
  readonly ids: (state: string) => readonly string[];
}

interface DoctorRig {
  /** A broker that is stopped after the test. */
  kept<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T>;
  /** A bus that is closed after the test; a user's password is its name. */
  connected(url: string, user?: string, more?: object): Promise<Bus>;
  doctor(url: string, args?: readonly string[], user?: string): Promise<Seen>;
  /** A file of the folder in which the doctor runs. */
  at(name: string): string;
  nixwave(args: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** Registers the clean-up with vitest; call it once at the top of a file. */
export function openDoctorRig(): DoctorRig {
  let workshop: Workshop;
  let ends: (() => Promise<unknown>)[];
  beforeEach(async () => {
    workshop = await openWorkshop();
    ends = [workshop.remove];
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function kept<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const broker = await starting;
    ends.push(() => broker.stop());
    return broker;
  }

  async function connected(url: string, user?: string, more: object = {}): Promise<Bus> {
    const bus = await openBus({
      broker: parseBrokerUrl(url),
      clientId: clientIdFor(user ?? "someone", "test"),
      ...(user && { username: user, password: user }),
      ...more,
    });
    ends.push(() => bus.close());
    return bus;
  }

  async function doctor(url: string, args: readonly string[] = [], user?: string): Promise<Seen> {
    const named = user === undefined ? [] : ["--user", user];
    const env = user === undefined ? {} : { NIXWAVE_BROKER_PASSWORD: user };
    const listen = args.includes("--listen") ? [] : ["--listen", "200ms"];
    const command = ["doctor", "--broker", url, "--json", ...listen, ...named, ...args];
    const { status, stdout, stderr } = await workshop.nixwave(command, { env });
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly {
        readonly id: string;
        readonly state: string;
        readonly said: readonly string[];
      }[];
    };
    return {
      ...{ status, stderr },
      of: (id) => {
        const found = checks.find((one) => one.id === id);
        return [found?.state ?? "missing", found?.said.join("\n") ?? ""];
      },
      ids: (state) => checks.filter((one) => one.state === state).map(({ id }) => id),
    };
  }

  return {
    ...{ kept, connected, doctor },
    at: (name) => workshop.at(name),
    nixwave: (...run) => workshop.nixwave(...run),
  };
}

export const signedFor = (
  host: HostName,
  key = CI_KEY,
  expiresMs = 90 * DAY_MS,
): SealedStatement => {
  const now = Date.now();
  const times = { serial: now as never, issued: instant(now), expires: instant(now + expiresMs) };
  return sealStatement(statementOf(`new ${host}`, { host, ...times }), key);
};

/** A home at rest: hub and hosts are there, the release is out, nobody waits for anything. */
export async function furnish(
  open: (user: string, presence: object) => Promise<Bus>,
): Promise<Bus> {
  const now = Date.now();
  const statements = [rp3, rp4].map((host) => signedFor(host));
  const presence = { address: { kind: "hubStatus" }, session: SESSIONS[0] };
  const hub = await open("hub", { presence });
  const ci = await open("ci", {});
  const release = { v: 1, statements: statements.map(({ envelope }) => envelope) } as const;
  await ci.publish({ kind: "release", channel: CHANNEL }, release);
  for (const statement of statements) {
    const { host, serial } = statement.statement;
    const online = { address: { kind: "availability", host }, session: SESSIONS[1] };
    const bus = await open(host, { presence: online });
    const order = sealOrder(orderOf(statement.digest, { host, issued: instant(now) }));
    await hub.publish(
      { kind: "desired", host },
      { v: 1, order: order.envelope, statement: statement.envelope },
    );
    const said = { host, serial, floor: serial, freeBytes: ROOMY, at: instant(now) };
    await bus.publish({ kind: "reported", host }, reportedOf("new", said));
  }
  return hub;
}

import { readFile, rename } from "node:fs/promises";
import { openAccounts, openBroker, readAccountsFile } from "../../src/broker/index.ts";
import { type Bus, clientIdFor, openBus, parseBrokerUrl } from "../../src/bus/index.ts";
import { homePlaces } from "../../src/cli/setup/home-places.ts";
import { parseBook, trustedOf } from "../../src/cli/setup/trust-book.ts";
import {
  DEFAULT_BASE,
  type HostName,
  type HostTrust,
  type Judgement,
  type KeyName,
  parseHostName,
  parsePayload,
  parsePublicKey,
  parseSecretKey,
  type SecretKey,
  type StorePath,
} from "../../src/contract/index.ts";
import { openWorkshop, type Ran, type Workshop } from "../cli/memory-io.ts";
import { PaperHost } from "../contract/paper-host.ts";
import {
  at,
  CHANNEL,
  clockAt,
  counting,
  DAY_MS,
  desiredBytes,
  FLEET,
  MINUTE_MS,
  orderOf,
  pathFor,
  reportedOf,
  type SealedStatement,
  sealOrder,
  sealStatement,
  serialAt,
  statementOf,
  trustOf,
} from "../support/contract-builders.ts";

export const rp4 = parseHostName("rp4");
export const x1 = parseHostName("x1");
const HOSTS = [rp4, x1];

interface DrillStep {
  readonly attempt: number;
  readonly goal: "stage" | "trial" | "commit";
  /** Of the counter, in ms. */
  readonly ahead?: number;
}

/**
 * A home as `nixwave init` makes it, on the embedded broker with its accounts. CI and hub sign with the files that lie
 * there; hosts judge with the contract's own rules and keep what they accept; a system carries whom its host trusts.
 */
export class KeyDrill implements AsyncDisposable {
  readonly #workshop: Workshop;
  readonly #ends: (() => Promise<unknown>)[] = [];
  readonly #hosts = new Map<HostName, PaperHost>();
  /** What the configuration in each closure says. */
  readonly #carried = new Map<StorePath, Pick<HostTrust, "releaseKeys" | "hubKeys" | "epoch">>();
  readonly #buses = new Map<string, Bus>();
  #url = "";
  #day = 0;
  #counter = 0;
  #release: readonly SealedStatement[] = [];

  private constructor(workshop: Workshop) {
    this.#workshop = workshop;
  }

  static async open(): Promise<KeyDrill> {
    const drill = new KeyDrill(await openWorkshop());
    const asked = ["--broker", "mqtt://127.0.0.1", "--fleet", FLEET, "--host", rp4, "--host", x1];
    await drill.nixwave("init", ...asked);
    await drill.#start();
    const trust = await drill.configured();
    for (const host of HOSTS) drill.#hosts.set(host, new PaperHost(trustOf({ ...trust, host })));
    return drill;
  }

  get places() {
    return homePlaces(this.#workshop.at("nixwave-home"));
  }

  async #start(): Promise<void> {
    const accounts = openAccounts(await readAccountsFile(this.places.accounts));
    const listeners = [{ kind: "tcp", host: "127.0.0.1", port: 0 }] as const;
    const broker = await openBroker({ listeners, accounts, base: DEFAULT_BASE, stateDir: null });
    this.#ends.push(() => broker.close());
    this.#url = broker.addresses[0]?.url ?? "";
    const files = { hub: this.places.hubPassword, ci: this.places.ciPassword };
    const hosts = HOSTS.map((host) => [host, this.places.credentials(host)] as const);
    for (const [user, file] of [...Object.entries(files), ...hosts]) {
      const bus = await openBus({
        ...{
          broker: parseBrokerUrl(this.#url),
          clientId: clientIdFor(user, "drill"),
          username: user,
        },
        password: (await readFile(file, "utf8")).trim(),
      });
      this.#buses.set(user, bus);
      this.#ends.push(() => bus.close());
    }
  }

  nixwave(...args: readonly string[]): Promise<Ran> {
    return this.#workshop.nixwave(args, { now: at(this.#day * DAY_MS) });
  }

  /** `nixwave keys rotate ...` by the operator that init made. */
  rotate(...args: readonly string[]): Promise<Ran> {
    const login = ["--user", "me", "--password-file", this.places.password("me" as never)];
    return this.nixwave("keys", "rotate", ...args, "--broker", this.#url, ...login);
  }

  /** Takes a spare out of offline/, as a person does. @returns where it lies then */
  async drawer(name: string): Promise<string> {
    const file = this.#workshop.at(`${name}.from-the-drawer`);
    await rename(this.places.spareKey(name as KeyName), file);
    return file;
  }

  /** What the Nix that was printed last says. */
  async configured(): Promise<Pick<HostTrust, "releaseKeys" | "hubKeys" | "epoch">> {
    const { trust, publicKey } = this.places;
    const book = parseBook(await readFile(trust, "utf8"), trust);
    const keysOf = async (names: readonly KeyName[]) => ({
      keys: await Promise.all(
        names.map(async (name) => parsePublicKey(await readFile(publicKey(name), "utf8"))),
      ),
      threshold: 1,
    });
    return {
      releaseKeys: await keysOf(trustedOf(book.ci)),
      hubKeys: await keysOf(trustedOf(book.hub)),
      epoch: book.epoch,
    };
  }

  /** The next day CI builds what is configured now, signs it and publishes it. */
  async release(...signers: readonly string[]): Promise<void> {
    this.#day += 1;
    const day = this.#day;
    const keys = await Promise.all(signers.map((name) => this.#secret("ci", name)));
    const trust = await this.configured();
    this.#release = HOSTS.map((host) => {
      const serial = serialAt(day * DAY_MS);
      const closure = `${host} of day ${day}`;
      this.#carried.set(pathFor(closure), trust);
      const times = { issued: at(day * DAY_MS), expires: at((day + 90) * DAY_MS) };
      return sealStatement(statementOf(closure, { host, serial, ...times }), ...keys);
    });
    const statements = this.#release.map(({ envelope }) => envelope);
    const address = { kind: "release", channel: CHANNEL } as const;
    await this.#bus("ci").publishConfirmed(address, { v: 1, statements }, { timeoutMs: 20_000 });
  }

  /** The hub orders trial and commit of the newest release; what the host keeps, it is from then on. */
  async deploy(host: HostName, hubKey: string): Promise<Judgement> {
    const [paper, key] = [this.#paper(host), await this.#secret("hub", hubKey)];
    const statement = this.#release.find((one) => one.statement.host === host);
    if (!statement) throw new Error(`no release for ${host}`);
    paper.clock = clockAt(this.#day * DAY_MS);
    this.#counter += 1;
    const attempt = this.#counter;
    for (const goal of ["trial", "commit"] as const) {
      const judgement = await this.#order(host, key, statement, { attempt, goal });
      if (judgement.kind !== "accepted") {
        await this.#report(host, judgement);
        return judgement;
      }
    }
    paper.trust = { ...paper.trust, ...this.#carried.get(statement.statement.storePath) };
    await this.#report(host);
    return { kind: "accepted" } as Judgement;
  }

  /** Whoever has that key and reaches the broker orders a host to fetch what CI signed, under a counter years ahead. */
  async orderAsThief(host: HostName, hubKey: string): Promise<Judgement> {
    const statement = this.#release.find((one) => one.statement.host === host);
    if (!statement) throw new Error(`no release for ${host}`);
    const key = await this.#secret("hub", hubKey);
    const step = { attempt: 900, goal: "stage", ahead: 3650 * DAY_MS } as const;
    const judgement = await this.#order(host, key, statement, step);
    await this.#report(host);
    return judgement;
  }

  /** A person writes the lines that were printed last into a host's configuration, and switches there. */
  async switchByHand(host: HostName): Promise<void> {
    const paper = this.#paper(host);
    paper.trust = { ...paper.trust, ...(await this.configured()) };
  }

  async #order(
    host: HostName,
    key: SecretKey,
    statement: SealedStatement,
    { ahead = 0, ...step }: DrillStep,
  ): Promise<Judgement> {
    this.#counter += 1;
    const now = at(this.#day * DAY_MS);
    const times = { issued: now, notAfter: (now + 15 * MINUTE_MS) as typeof now };
    const counter = counting(now + this.#counter + ahead);
    const order = orderOf(statement.digest, { host, ...step, ...times, counter });
    const bytes = desiredBytes(sealOrder(order, key), statement);
    const desired = parsePayload("desired", bytes);
    const options = { timeoutMs: 20_000 };
    await this.#bus("hub").publishConfirmed({ kind: "desired", host }, desired, options);
    return this.#paper(host).receive(bytes);
  }

  async #report(host: HostName, refused?: Judgement): Promise<void> {
    const { ratchet, journal } = this.#paper(host);
    const refusal =
      refused?.kind === "refused"
        ? { code: refused.code, message: refused.message, counter: refused.counter, at: at(0) }
        : null;
    const current = journal.committed.at(-1)?.storePath ?? null;
    const said = { host, current, profile: current, refusal, counter: ratchet.counter };
    const serial = ratchet.floor?.serial ?? 0;
    const reported = reportedOf("any", { ...said, serial, floor: serial });
    const address = { kind: "reported", host } as const;
    await this.#bus(host).publishConfirmed(address, reported, { timeoutMs: 20_000 });
  }

  async #secret(role: "ci" | "hub", name: string): Promise<SecretKey> {
    return parseSecretKey(await readFile(this.places.secretKey(role, name as KeyName), "utf8"));
  }

  #paper(host: HostName): PaperHost {
    return this.#hosts.get(host) as PaperHost;
  }

  #bus(user: string): Bus {
    return this.#buses.get(user) as Bus;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
    await this.#workshop.remove();
  }
}

import { randomUUID } from "node:crypto";
import {
  type Bus,
  type BusEvent,
  clientIdFor,
  type Message,
  openBus,
} from "../../src/bus/index.ts";
import {
  type Counter,
  type Envelope,
  NixwaveError,
  parseSecretKey,
  parseSessionId,
  type RolloutStatus,
  type SecretKey,
  type SessionId,
} from "../../src/contract/index.ts";
import type { RolloutEffect } from "../../src/rollout/index.ts";
import type { FleetConfig } from "./fleet-config.ts";
import { ownCounter, signOrder } from "./orders.ts";
import { readSecretFile } from "./secret-file.ts";

/** What a node wants to hear of the fleet; each is called at most once at a time. */
export interface FleetMember {
  readonly connected?: (isConnected: boolean) => void;
  readonly release?: (message: Message<"release">) => void;
  readonly reported?: (message: Message<"reported">) => void;
  readonly availability?: (message: Message<"availability">) => void;
  /** The highest counter that this hub's key has ever used, as far as the broker knows. */
  readonly counter?: (counter: Counter) => void;
  readonly failed?: (error: unknown) => void;
}

const RETRY_AFTER_MS = 5_000;
const SNAPSHOT_TIMEOUT_MS = 10_000;

/** One connection, one set of subscriptions and the hub's key, for all nodes of a fleet. */
export class Fleet {
  readonly config: FleetConfig;
  readonly session: SessionId = parseSessionId(randomUUID());
  readonly #members = new Set<FleetMember>();
  #bus: Bus | null = null;
  #key: SecretKey | null = null;
  #release: Message<"release"> | null = null;
  #counter: Counter | null = null;
  #retry: NodeJS.Timeout | undefined;
  #opening: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(config: FleetConfig) {
    this.config = config;
  }

  /** Connects, and tries again for as long as the flow runs. */
  open(): void {
    this.#opening = this.#connect().catch((error: unknown) => {
      this.#tell("failed", error);
      if (!this.#closing.signal.aborted)
        this.#retry = setTimeout(() => this.open(), RETRY_AFTER_MS);
    });
  }

  /** A node that joins later hears what the others have heard. @returns leaves again */
  join(member: FleetMember): () => void {
    this.#members.add(member);
    if (this.#bus) member.connected?.(this.#bus.connected);
    if (this.#counter !== null) member.counter?.(this.#counter);
    if (this.#release) member.release?.(this.#release);
    return () => this.#members.delete(member);
  }

  /** Signs an order and leaves it on the broker for its host. @throws NixwaveError bus-closed and others */
  async order(
    effect: Extract<RolloutEffect, { type: "Order" }>,
    statement: Envelope,
  ): Promise<void> {
    const { bus, key } = this.#connection();
    const { fleet } = this.config;
    const desired = signOrder({ fleet, hub: this.session, key }, effect, statement);
    await bus.retain({ kind: "desired", host: effect.host }, desired);
  }

  /** Tells everybody where the rollout stands. @throws NixwaveError bus-closed and others */
  async tellStatus(status: RolloutStatus): Promise<void> {
    await this.#connection().bus.retain({ kind: "rolloutStatus" }, status);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retry);
    await this.#opening;
    await this.#bus?.close();
  }

  #connection(): { readonly bus: Bus; readonly key: SecretKey } {
    if (!this.#bus || !this.#key) throw new NixwaveError("bus-closed", "not connected yet");
    return { bus: this.#bus, key: this.#key };
  }

  async #connect(): Promise<void> {
    const { config, session } = this;
    this.#key = parseSecretKey(await readSecretFile(config.hubKeyFile));
    const bus = await openBus({
      broker: config.broker,
      base: config.base,
      clientId: clientIdFor(config.user ?? "hub", "nodes"),
      ...(await login(config)),
      presence: { address: { kind: "hubStatus" }, session },
      log: (event) => this.#watch(event),
    });
    try {
      await this.#learnCounter(bus, this.#key);
      await this.#subscribe(bus);
    } catch (error) {
      await bus.close();
      throw error;
    }
    this.#bus = bus;
  }

  /** Before anything is ordered: a hub that lost its memory must not fall below its own counter. */
  async #learnCounter(bus: Bus, key: SecretKey): Promise<void> {
    const retained = await bus.snapshot("desired", { timeoutMs: SNAPSHOT_TIMEOUT_MS });
    const counters = retained.map(({ payload }) => ownCounter(payload, key) ?? 0);
    const highest = Math.max(0, ...counters) as Counter;
    if (highest === 0) return;
    this.#counter = highest;
    this.#tell("counter", highest);
  }

  async #subscribe(bus: Bus): Promise<void> {
    const { channel } = this.config;
    this.#bus = bus;
    bus.onConnection(({ event }) => this.#tell("connected", event === "connected"));
    this.#tell("connected", bus.connected);
    await bus.subscribe({ kind: "reported" }, (message) => this.#tell("reported", message));
    await bus.subscribe({ kind: "availability" }, (message) => this.#tell("availability", message));
    await bus.subscribe(
      { kind: "release", channel },
      (message) => {
        this.#release = message;
        this.#tell("release", message);
      },
      (error) => this.#tell("failed", error),
    );
  }

  /** What nobody awaits must not vanish: a node that threw on a message, an order or a topic the broker refuses. */
  #watch(event: BusEvent): void {
    const isFailure =
      event.event === "listener-failed" ||
      event.event === "publish-refused" ||
      event.event === "subscription-refused";
    if (isFailure) this.#tell("failed", event.error);
  }

  #tell<K extends keyof FleetMember>(
    what: K,
    value: Parameters<Required<FleetMember>[K]>[0],
  ): void {
    for (const member of this.#members)
      (member[what] as ((value: unknown) => void) | undefined)?.(value);
  }
}

async function login({ user, passwordFile }: FleetConfig) {
  if (user === null) return {};
  const password = passwordFile === null ? {} : { password: await readSecretFile(passwordFile) };
  return { username: user, ...password };
}

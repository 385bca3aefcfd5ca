import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import {
  type Bus,
  type BusEvent,
  openSharedBus,
  type SharedConnection,
} from "../../src/bus/index.ts";
import { type Conductor, openConductor } from "../../src/conductor/index.ts";
import { instant, NixwaveError, parseSessionId, type SecretKey } from "../../src/contract/index.ts";
import { makeFolder } from "../../src/disk/index.ts";
import manifest from "../package.json" with { type: "json" };
import type { FleetConfig } from "./fleet-config.ts";
import { type LiveTopics, noting } from "./live-topics.ts";

export interface FleetHubOptions {
  readonly config: FleetConfig;
  readonly key: SecretKey;
  /** A fresh use of the broker node; asked again for each try. */
  readonly connect: () => SharedConnection;
  readonly topics: LiveTopics;
  readonly failed: (error: unknown) => void;
  /** The conductor is open; again when it was opened anew. */
  readonly opened: (conductor: Conductor) => void;
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
const CONNECT_MS = 2_000;
/** Node-RED gives a node 15 s. */
const CLOSE_MS = 12_000;

/** One bus and one conductor for as long as the flow runs; tried again when it cannot be opened. */
export class FleetHub {
  readonly #options: FleetHubOptions;
  #bus: Bus | null = null;
  #conductor: Conductor | null = null;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #opening: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(options: FleetHubOptions) {
    this.#options = options;
  }

  get conductor(): Conductor | null {
    return this.#conductor;
  }

  open(): void {
    this.#opening = this.#open().catch(async (error: unknown) => {
      if (this.#closing.signal.aborted) return;
      this.#options.failed(error);
      await this.#bus?.close();
      this.#bus = null;
      if (this.#closing.signal.aborted) return; // meanwhile
      this.#retry = setTimeout(() => this.open(), this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
    });
  }

  async #open(): Promise<void> {
    const { config, key, connect, failed, opened, topics } = this.#options;
    const { fleet, channel, base, releaseKeys, plan, home, stateFolder: folder } = config;
    const { version } = manifest;
    const session = parseSessionId(randomUUID());
    const bus = openSharedBus({
      source: connect(),
      presence: { address: { kind: "hubStatus" }, session, appearsLater: true },
      base,
      log: (event) => tellFailure(event, failed),
    });
    this.#bus = bus;
    await firstConnection(bus); // a hub without a journal asks the broker at once, and else much later
    if (this.#closing.signal.aborted) return;
    makeFolder(dirname(folder)); // the store makes the last level only
    const conductor = await openConductor({
      ...{
        bus: noting(bus, topics),
        session,
        folder,
        fleet,
        channel,
        base,
        releaseKeys,
        key,
        plan,
        home,
      },
      hosts: plan.groups.flatMap(({ hosts }) => hosts.map(({ host }) => host)),
      homeAssistant: config.homeAssistant && { ...config.homeAssistant, version },
      clock: () => instant(Date.now()),
      isClockSynchronised,
      onFailed: failed,
    });
    if (this.#closing.signal.aborted) return await conductor.close();
    // Hosts answer a hub's birth once, and a report that comes before the subscription is no live one.
    bus.appear();
    this.#conductor = conductor;
    this.#retryMs = FIRST_RETRY_MS;
    opened(conductor);
  }

  /** Ends within Node-RED's limit, whatever hangs. @throws NixwaveError internal-error */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retry);
    const limit = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => limit.reject(new NixwaveError("internal-error", TOO_SLOW)),
      CLOSE_MS,
    );
    try {
      await Promise.race([limit.promise, this.#closeAll()]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #closeAll(): Promise<void> {
    const before = this.#conductor;
    this.#conductor = null;
    await before?.close(); // before the wait: what was heard is on disk whatever hangs after it
    await this.#bus?.close();
    await this.#opening;
  }
}

/** Resolves when there is one, or soon: a hub also begins without a broker. */
function firstConnection(bus: Bus): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, CONNECT_MS);
    const stop = bus.onConnection(({ event }) => event === "connected" && done());
    if (bus.connected) done();
  });
}

const TOO_SLOW = `the fleet did not close within ${CLOSE_MS / 1000} s`;

/** What nobody awaits must not vanish: a listener that threw, an order or a topic the broker refuses. */
function tellFailure(event: BusEvent, failed: (error: unknown) => void): void {
  const isFailure =
    event.event === "listener-failed" ||
    event.event === "publish-refused" ||
    event.event === "subscription-refused";
  if (isFailure) failed(event.error);
}

const TIMESYNC = "/run/systemd/timesync";

/** systemd-timesyncd's own mark; where something else keeps the time, nobody can be asked this cheaply. */
const isClockSynchronised = (): boolean =>
  !existsSync(TIMESYNC) || existsSync(`${TIMESYNC}/synchronized`);

import { ownReport } from "../../agent/talk/own-report.ts";
import {
  encodePayload,
  type InboxSession,
  parsePayload,
  type Reported,
} from "../../src/contract/index.ts";
import type { Letter } from "./broker-model.ts";
import { Connection } from "./connection.ts";
import type { HostMachine } from "./host-machine.ts";
import { HUB_STATUS, topics } from "./simulated-topics.ts";

const HEARTBEAT_IN_ATTEMPT_MS = 30_000;
const HEARTBEAT_AT_REST_MS = 600_000;

/** As long as it takes to hear of a file that changed. */
const NOTICE_MS = 20;

/**
 * A host's agent: its one connection, the inbox into which orders go unread, and the real function that makes
 * `reported` of the activator's report.
 */
export class HostAgent {
  readonly connection: Connection;
  /** Told when an order lies in the inbox. */
  readonly #dropped: () => void;
  readonly #host: HostMachine;
  #session: InboxSession;
  #seq = 0;
  #isRunning: boolean = false;
  #isReportAsked: boolean = false;
  #hubSession: string | null = null;
  /** The moment for which a new session was opened last. */
  #renewedFor: number | null = null;
  #beat: () => void = () => undefined;
  /** A test may let it say what is not true. */
  words: (report: Reported) => Reported = (report) => report;

  constructor(host: HostMachine, dropped: () => void) {
    this.#host = host;
    this.#dropped = dropped;
    this.#session = this.#newSession();
    const { name, world } = host;
    this.connection = new Connection(world.broker, world.clock, {
      name,
      hears: (topic) => topic === topics.desired(name) || topic === HUB_STATUS,
      receive: (letter) => this.#receive(letter),
      opened: () => this.#opened(),
      closed: () => undefined,
      will: () => this.#presence("offline"),
      after: (delayMs, what) => host.after(delayMs, what, "agent"),
    });
  }

  /** Cut short: the broker tells its will. */
  kill(): void {
    this.#isRunning = false;
    this.connection.end(true);
    this.#host.endLife("agent");
  }

  start(): void {
    this.connection.end(false);
    this.#host.endLife("agent");
    this.#isReportAsked = false;
    this.#isRunning = this.#host.world.closures.of(this.#host.current).agent === "works";
    if (!this.#isRunning) return;
    this.#renewedFor = null;
    this.#beginSession();
    this.connection.open();
  }

  /** A new system brings a new agent, unless its unit is the same. */
  systemChanged(): void {
    const { world, current } = this.#host;
    const isSame = world.closures.of(current).agent === "works" && world.chance.chance(0.5);
    if (!this.#isRunning || !isSame) this.#host.after(500, () => this.start(), "agent");
  }

  #newSession(): InboxSession {
    const { bootId, bootMs } = this.#host;
    return { v: 1, session: this.#host.newId(), bootId, openedBootMs: bootMs };
  }

  #beginSession(): void {
    this.#session = this.#newSession();
    this.#seq = 0;
    this.#hubSession = null;
  }

  #presence(state: "online" | "offline"): Letter {
    const { name } = this.#host;
    const bytes = encodePayload("availability", { state, session: this.#session.session });
    return { topic: topics.availability(name), bytes, retain: true };
  }

  /** What an older session left in the inbox is taken away: it is retained, and comes again. */
  #opened(): void {
    const { disk } = this.#host;
    const isSame = disk.inbox.session?.session === this.#session.session;
    disk.inbox = { desired: isSame ? disk.inbox.desired : null, session: this.#session };
    this.connection.send(this.#presence("online"));
    this.report();
  }

  #receive({ topic, bytes }: Letter): void {
    if (topic === HUB_STATUS) {
      const { state, session } = parsePayload("hubStatus", bytes);
      if (state !== "online" || session === this.#hubSession) return;
      this.#hubSession = session;
      this.report();
      return;
    }
    const { disk } = this.#host;
    disk.inbox = { ...disk.inbox, desired: bytes };
    this.#dropped();
  }

  /** The activator's report is another one. */
  reportChanged(): void {
    if (!this.#isRunning || this.#isReportAsked) return;
    this.#isReportAsked = true;
    const publish = (): void => {
      this.#isReportAsked = false;
      if (this.#isSessionOld()) this.#renew();
      else this.report();
    };
    this.#host.after(NOTICE_MS, publish, "agent");
  }

  /** Whether the report asks for a session that was opened after the switch (DESIGN 7). */
  #isSessionOld(): boolean {
    const { bootId, disk } = this.#host;
    const renewed = disk.report?.renewedAfterBootMs ?? null;
    if (renewed === null || disk.report?.bootId !== bootId) return false;
    return this.#session.openedBootMs <= renewed && this.#renewedFor !== renewed;
  }

  #renew(): void {
    this.#renewedFor = this.#host.disk.report?.renewedAfterBootMs ?? null;
    this.#host.tell("agent opens a new session");
    this.#beginSession();
    this.connection.renew();
  }

  report(): void {
    if (!this.#isRunning) return;
    this.#seq += 1;
    const { disk, current, booted, profile, bootId, name, isSynchronised } = this.#host;
    const report = this.words(
      ownReport({
        ...{ host: name, report: disk.report, session: this.#session.session, seq: this.#seq },
        ...{ at: this.#host.now, version: "0.1.0" },
        facts: {
          ...{ current, booted, profile, bootId, freeBytes: 1_000_000_000 },
          isClockSynchronised: isSynchronised,
        },
      }),
    );
    const bytes = encodePayload("reported", report);
    this.connection.send({ topic: topics.reported(name), bytes, retain: true });
    this.#beat();
    let isNewest = true;
    this.#beat = () => {
      isNewest = false;
    };
    const every = report.phase === "idle" ? HEARTBEAT_AT_REST_MS : HEARTBEAT_IN_ATTEMPT_MS;
    this.#host.after(every, () => isNewest && this.reportChanged(), "agent");
  }
}

import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Bus, Message } from "../../src/bus/index.ts";
import {
  type HostReport,
  type InboxSession,
  NixwaveError,
  parseSessionId,
  type SessionId,
} from "../../src/contract/index.ts";
import { FolderWatch } from "./folder-watch.ts";
import { Inbox } from "./inbox.ts";
import { LogStream } from "./log-stream.ts";
import { ownReport } from "./own-report.ts";
import { openPatiently } from "./patient-open.ts";
import { ProgressStream } from "./progress-stream.ts";
import { ReportFile } from "./report-file.ts";
import type { TalkParts } from "./talk-parts.ts";

interface OpenTalk {
  readonly bus: Bus;
  readonly session: InboxSession;
}

const HEARTBEAT_IN_ATTEMPT_MS = 30_000;
const HEARTBEAT_AT_REST_MS = 600_000;
const DROP_AGAIN_MS = 10_000;
/** One byte more says to the activator that there were too many. */
const ORDER_MAX_BYTES = 16 * 1024;
/** /proc/uptime counts in steps of 10 ms: looked at more often, so that no step is waited for longer than it lasts. */
const UPTIME_LOOK_MS = 2;
const UPTIME_LOOKS = 10;

/**
 * The agent's side of the wire (DESIGN 7): orders go unread into the inbox, and what the activator's files
 * say goes out. It holds no state that a restart would lose.
 */
export class HubTalk {
  readonly #parts: TalkParts;
  readonly #inbox: Inbox;
  readonly #file: ReportFile;
  readonly #progress: ProgressStream;
  readonly #log: LogStream;
  readonly #ending = new AbortController();
  #watches: readonly FolderWatch[] = [];
  #talk: OpenTalk | null = null;
  #queue: Promise<void> = Promise.resolve();
  #isReportAsked: boolean;
  #seq = 0;
  #hub: SessionId | null = null;
  /** The moment for which a new session was opened last. */
  #renewedFor: number | null = null;
  #heartbeat: NodeJS.Timeout | undefined;
  #dropAgain: NodeJS.Timeout | undefined;

  constructor(parts: TalkParts) {
    this.#parts = parts;
    const { places, host, say } = parts;
    this.#inbox = new Inbox(places.inbox);
    this.#file = new ReportFile(places.report, host, say);
    this.#isReportAsked = false;
    this.#progress = new ProgressStream(places.progress, (progress) =>
      this.#stream((bus) => bus.publish({ kind: "progress", host }, progress)),
    );
    this.#log = new LogStream(
      places.log,
      () => this.#file.report,
      (log) => this.#stream((bus) => bus.publish({ kind: "log", host }, log)),
    );
  }

  get isConnected(): boolean {
    return this.#talk?.bus.connected === true;
  }

  /** Resolves when it is subscribed for the first time. @throws NixwaveError what no waiting repairs */
  async start(): Promise<void> {
    const { reportFolder, report, out, progress, log } = this.#parts.places;
    this.#file.read();
    this.#watches = [
      new FolderWatch(reportFolder, (name) => {
        if ((name === null || name === basename(report)) && this.#file.read()) this.#askReport();
      }),
      new FolderWatch(out, (name) => {
        if (name === basename(progress)) this.#progress.changed();
        if (this.#parts.publishLog && name === basename(log)) this.#log.changed();
      }),
    ];
    this.#parts.witness?.begin(() => this.#askReport());
    const first = this.#queue.then(() => this.#open());
    this.#queue = first.catch(() => undefined);
    await first;
  }

  /** Says goodbye. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#parts.witness?.end();
    for (const watch of this.#watches) watch.close();
    this.#progress.stop();
    this.#log.stop();
    clearTimeout(this.#heartbeat);
    clearTimeout(this.#dropAgain);
    await this.#talk?.bus.close();
    await this.#queue;
  }

  #open(): Promise<void> {
    const { say } = this.#parts;
    return openPatiently(() => this.#openOnce(), { say, signal: this.#ending.signal });
  }

  /** On each connection: birth (the bus's own), session, report, then the subscriptions (DESIGN 5). */
  async #openOnce(): Promise<void> {
    const { host, openBus, bootMoment, say } = this.#parts;
    // Taken before the connection begins: what counts is that all of it came after the switch.
    const { bootId, bootMs } = bootMoment();
    const session = parseSessionId(randomUUID());
    const opened: InboxSession = { v: 1, session, bootId, openedBootMs: bootMs };
    const bus = await openBus(session);
    try {
      this.#ending.signal.throwIfAborted();
      this.#inbox.begin(opened);
      this.#talk = { bus, session: opened };
      this.#seq = 0;
      this.#hub = null;
      bus.onConnection(
        ({ event }) => event === "connected" && this.#attempt(() => this.#inbox.renew(opened)),
      );
      await this.#publish();
      await bus.subscribe({ kind: "hubStatus" }, (message) => this.#hubStatus(message));
      await bus.subscribe(
        { kind: "desired", host },
        ({ bytes }) => this.#drop(bytes),
        (error, topic, bytes) => {
          say(`refused on ${topic}: ${error.code}: ${error.message}`);
          // The activator judges and reports them; the refusal must reach the hub (DESIGN 6).
          if (bytes !== null) this.#drop(bytes.subarray(0, ORDER_MAX_BYTES + 1));
        },
      );
    } catch (error) {
      this.#talk = null;
      await bus.close();
      throw error;
    }
  }

  #hubStatus({ payload }: Pick<Message<"hubStatus">, "payload">): void {
    if (payload.state !== "online" || payload.session === this.#hub) return;
    this.#hub = payload.session;
    this.#askReport();
  }

  /** An order that cannot be written down now is tried again: the broker would bring it only with the next connection. */
  #drop(bytes: Uint8Array): void {
    clearTimeout(this.#dropAgain);
    if (this.#attempt(() => this.#inbox.drop(bytes))) this.#parts.dropped();
    else this.#dropAgain = setTimeout(() => this.#drop(bytes), DROP_AGAIN_MS);
  }

  #attempt(write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      this.#parts.say(`${error.code}: ${error.message}`);
      return false;
    }
  }

  /** One at a time, the latest state always; a burst of changes becomes one report. */
  #askReport(): void {
    if (this.#isReportAsked || this.#ending.signal.aborted) return;
    this.#isReportAsked = true;
    this.#queue = this.#queue.then(async () => {
      this.#isReportAsked = false;
      if (this.#talk === null) return;
      try {
        if (this.#isSessionOld()) await this.#renew();
        else await this.#publish();
      } catch (error) {
        if (!this.#ending.signal.aborted) this.#parts.say(`no report: ${String(error)}`);
      }
    });
  }

  /**
   * Whether the report asks for a session that was opened after the switch (DESIGN 7). A report from
   * before a reboot speaks of another boot's time, and this session is younger than all of that.
   */
  #isSessionOld(): boolean {
    const report: HostReport | null = this.#file.report;
    const renewed = report?.renewedAfterBootMs ?? null;
    if (report === null || renewed === null || this.#talk === null) return false;
    const { session } = this.#talk;
    if (report.bootId !== session.bootId) return report.bootId === this.#parts.bootMoment().bootId;
    return session.openedBootMs <= renewed && this.#renewedFor !== renewed;
  }

  async #renew(): Promise<void> {
    const { say, bootMoment } = this.#parts;
    const renewed = this.#file.report?.renewedAfterBootMs ?? 0;
    say("a new system runs: opening a new session, over which alone it may be kept");
    this.#renewedFor = renewed;
    await this.#talk?.bus.close();
    this.#talk = null;
    for (let look = 0; look < UPTIME_LOOKS && bootMoment().bootMs <= renewed; look++)
      await delay(UPTIME_LOOK_MS);
    await this.#open();
  }

  async #publish(): Promise<void> {
    const { host, facts, now, version, say } = this.#parts;
    this.#file.read();
    const seen = await facts(this.#file.report?.clock === "synchronised");
    const talk = this.#talk;
    if (talk === null) return;
    this.#seq += 1;
    const { session } = talk.session;
    const report = ownReport({
      ...{
        host,
        report: this.#file.report,
        facts: seen,
        session,
        seq: this.#seq,
        at: now(),
        version,
        witness: this.#parts.witness?.reports() ?? [],
      },
    });
    clearTimeout(this.#heartbeat);
    const everyMs = report.phase === "idle" ? HEARTBEAT_AT_REST_MS : HEARTBEAT_IN_ATTEMPT_MS;
    if (!this.#ending.signal.aborted) {
      this.#heartbeat = setTimeout(() => this.#askReport(), everyMs);
    }
    // Not awaited: a broker that is slow to acknowledge must not hold the next report back.
    talk.bus
      .retain({ kind: "reported", host }, report)
      .catch((error: unknown) => say(`no report: ${String(error)}`));
    this.#parts.reported(report);
  }

  #stream(publish: (bus: Bus) => Promise<void>): void {
    if (!this.isConnected || this.#talk === null) return;
    publish(this.#talk.bus).catch((error: unknown) => this.#parts.say(String(error)));
  }
}

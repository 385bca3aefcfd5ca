import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placesBelow } from "../../../agent/activator/places.ts";
import { HubTalk } from "../../../agent/talk/hub-talk.ts";
import type { Bus, Message } from "../../../src/bus/index.ts";
import {
  type Address,
  type HostReport,
  hostReportCodec,
  type InboxSession,
  inboxSessionCodec,
  NixwaveError,
  parsePayload,
  parseSessionId,
  type Reported,
  type SessionId,
  type WireKind,
  type WirePayloads,
} from "../../../src/contract/index.ts";
import { HOST, NOON, pathFor, reportedOf } from "../../support/contract-builders.ts";

export const BOOT = parseSessionId("33333333-3333-4333-8333-333333333333");

type Listener = (message: Message<WireKind>) => void;
type OnRefused = (error: NixwaveError, topic: string, bytes: Uint8Array | null) => void;

/** A bus in memory, that remembers in which order things were done with it. */
export class FakeBus {
  readonly session: SessionId;
  readonly reports: Reported[] = [];
  readonly streamed: WirePayloads[WireKind][] = [];
  connected = true;
  readonly #did: (deed: string) => void;
  readonly #listeners = new Map<WireKind, { onMessage: Listener; onRefused?: OnRefused }>();
  #onConnection: (event: { event: "connected" | "lost" }) => void = () => undefined;

  constructor(session: SessionId, did: (deed: string) => void) {
    this.session = session;
    this.#did = did;
  }

  async retain(_address: Address, payload: Reported): Promise<void> {
    this.reports.push(payload);
    this.#did("reported");
  }

  async publish(_address: Address, payload: WirePayloads[WireKind]): Promise<void> {
    this.streamed.push(payload);
    this.#did("streamed");
  }

  async subscribe({ kind }: Address, onMessage: Listener, onRefused?: OnRefused) {
    this.#listeners.set(kind, { onMessage, ...(onRefused ? { onRefused } : {}) });
    this.#did(`subscribed ${kind}`);
  }

  onConnection(listener: (event: { event: "connected" | "lost" }) => void): void {
    this.#onConnection = listener;
  }

  async close(): Promise<void> {
    this.connected = false;
    this.#did("closed");
  }

  reconnect(): void {
    this.#onConnection({ event: "connected" });
  }

  /** As the real one: what the contract refuses goes to `onRefused`. */
  bring(kind: "desired" | "hubStatus", bytes: Uint8Array): void {
    const listener = this.#listeners.get(kind);
    try {
      const payload = parsePayload(kind, bytes);
      listener?.onMessage({ payload, bytes } as unknown as Message<WireKind>);
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      listener?.onRefused?.(error, kind, bytes);
    }
  }
}

/** The agent's talk over real files in a folder of its own. */
export class TalkRig implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), "nixwave-talk-"));
  readonly places = placesBelow(this.root);
  readonly buses: FakeBus[] = [];
  readonly deeds: string[] = [];
  readonly said: string[] = [];
  drops = 0;
  bootMs = 1000;
  /** Answers the next attempts to connect. */
  readonly refusals: NixwaveError[] = [];
  #waiting: (() => void)[] = [];
  readonly talk = new HubTalk({
    ...{ host: HOST, places: this.places, version: "0.1.0", publishLog: true, witness: null },
    openBus: async (session) => this.#open(session),
    facts: async () => ({
      ...{ bootId: BOOT, current: pathFor("seen"), booted: pathFor("seen"), profile: null },
      ...{ freeBytes: 5, isClockSynchronised: true },
    }),
    bootMoment: () => ({ bootId: BOOT, bootMs: this.bootMs }),
    now: () => NOON,
    say: (line) => this.#happened(() => this.said.push(line)),
    dropped: () => this.#happened(() => (this.drops += 1)),
    reported: () => undefined,
  });

  get bus(): FakeBus {
    const bus = this.buses.at(-1);
    if (!bus) throw new Error("no bus was opened");
    return bus;
  }

  get report(): Reported | undefined {
    return this.bus.reports.at(-1);
  }

  async #open(session: SessionId): Promise<Bus> {
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    const bus = new FakeBus(session, (deed) => this.#happened(() => this.#note(deed)));
    this.buses.push(bus);
    return bus as unknown as Bus;
  }

  #note(deed: string): void {
    const session = deed === "subscribed desired" ? ` with ${this.session().session}` : "";
    this.deeds.push(`${deed}${session}`);
  }

  #happened(what: () => void): void {
    what();
    for (const look of this.#waiting.splice(0)) look();
  }

  /** Resolves as soon as it holds; looked at whenever something happens. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  session(): InboxSession {
    return inboxSessionCodec.parse(readFileSync(join(this.places.inbox, "session")));
  }

  desired(): Buffer {
    return readFileSync(join(this.places.inbox, "desired"));
  }

  /** As the activator does: by rename. */
  writeReport(bytes: Uint8Array): void {
    mkdirSync(this.places.reportFolder, { recursive: true });
    writeFileSync(`${this.places.report}.new`, bytes);
    renameSync(`${this.places.report}.new`, this.places.report);
  }

  activatorSays(differences: Partial<HostReport> = {}): void {
    const { session: _s, seq: _q, at: _a, agent: _v, ...report } = reportedOf("told");
    const said = { ...report, bootId: BOOT, renewedAfterBootMs: null, ...differences };
    this.writeReport(hostReportCodec.encode(said as HostReport));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.talk.stop();
    rmSync(this.root, { recursive: true, force: true });
  }
}

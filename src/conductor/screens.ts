import {
  type Address,
  type HoldSource,
  type HostName,
  parseTopic,
  type ScreenUpdate,
  type TopicBase,
  topicOf,
  type WireKind,
  type WirePayloads,
} from "../contract/index.ts";
import {
  eventPublication,
  type Home,
  type HostUpdate,
  hostFlags,
  type Publication,
  plainWords,
  updateState,
} from "../people/index.ts";
import { asksApproval, asksReboot, entriesOf, type HostEntry } from "../rollout/index.ts";
import type { Happened, HostView, HubView } from "./conductor.ts";
import type { HubBus } from "./hub-bus.ts";
import type { Statements } from "./statements.ts";

interface ScreenPorts {
  readonly bus: Pick<HubBus, "publish" | "retain">;
  readonly base: TopicBase;
  readonly home: Home;
  readonly statements: Pick<Statements, "get">;
  /** Whether a question of the wires is open for that host. */
  readonly isAsked: (host: HostName) => boolean;
  readonly failed: (error: unknown) => void;
}

/** What everybody and people's screens are told; only what changed since it was told last. */
export class Screens {
  readonly #ports: ScreenPorts;
  readonly #told = new Map<string, string>();
  #holds: ReadonlySet<HoldSource> = new Set();

  constructor(ports: ScreenPorts) {
    this.#ports = ports;
  }

  show(view: HubView): void {
    this.#status(view);
    const { base, home } = this.#ports;
    for (const one of plainWords(base, view.situation, home)) this.#words(one);
    this.#updates(view);
    this.#holdStates(view);
  }

  /** Not retained: Home Assistant discards replayed events. */
  event({ announcement, notification }: Happened): void {
    if (notification === null) return;
    const { base, bus, failed } = this.#ports;
    const { payload } = eventPublication(announcement.type, notification, base);
    bus.publish({ kind: "screenEvent" }, JSON.parse(payload)).catch(failed);
  }

  #status({ status }: HubView): void {
    if (status === null) return;
    const same = JSON.stringify({ ...status, at: 0 });
    this.#retain({ kind: "rolloutStatus" }, status, same);
  }

  /** A hold that is no more is said to be off once. */
  #holdStates({ state }: HubView): void {
    const sources = new Set(state.holds.map(({ source }) => source));
    for (const source of new Set([...this.#holds, ...sources])) {
      const word = sources.has(source) ? "ON" : "OFF";
      this.#retain({ kind: "holdState", source }, word, word);
    }
    this.#holds = new Set([...this.#holds, ...sources]);
  }

  /** Somebody may still believe in that hold. */
  noteHold(source: HoldSource): void {
    this.#holds = new Set([...this.#holds, source]);
  }

  /** A switch that has just spoken sees where it stands, also when that is no news. */
  answerHold(source: HoldSource): void {
    this.noteHold(source);
    this.#told.delete(topicOf(this.#ports.base, { kind: "holdState", source }));
  }

  #words({ topic, payload }: Publication): void {
    if (this.#told.get(topic) === payload) return;
    const address = parseTopic(this.#ports.base, topic);
    this.#retain(address, payload as WirePayloads[WireKind], payload);
  }

  #updates(view: HubView): void {
    const { base, home } = this.#ports;
    const entries = entriesOf(view.state.hosts);
    for (const [place, host] of view.hosts.entries()) {
      const entry = entries[place] as HostEntry;
      const flags = this.#flagsOf(entry, host);
      for (const one of hostFlags(base, host.host, flags, home)) this.#words(one);
      const update = this.#updateOf(entry, host);
      const payload: ScreenUpdate = updateState(update, home);
      this.#retain({ kind: "screenHostUpdate", host: host.host }, payload, JSON.stringify(payload));
    }
  }

  #flagsOf(entry: HostEntry, { host, rebootNeeded, stepState }: HostView) {
    const asks = asksApproval(entry) || asksReboot(entry) || this.#ports.isAsked(host);
    return { rebootNeeded, asks, takesPart: stepState !== null };
  }

  #updateOf(
    { offered, step }: HostEntry,
    { host, running, reported, progress }: HostView,
  ): HostUpdate {
    const latest = offered && this.#ports.statements.get(offered.statement);
    return {
      host,
      installed: running?.serial ?? null,
      latest:
        latest && latest.serial !== running?.serial ? latest.serial : (running?.serial ?? null),
      title: latest?.title ?? null,
      runUrl: latest?.run ?? null,
      step: step && { state: step.state, why: step.why },
      percent: progress?.percent ?? null,
      changes: reported?.summary ?? null,
    };
  }

  #retain<K extends WireKind>(address: Address<K>, payload: WirePayloads[K], same: string): void {
    const { base, bus, failed } = this.#ports;
    const topic = topicOf(base, address as Address);
    if (this.#told.get(topic) === same) return;
    this.#told.set(topic, same);
    bus.retain(address, payload).catch((error: unknown) => {
      this.#told.delete(topic); // the next change tells it again
      failed(error);
    });
  }
}

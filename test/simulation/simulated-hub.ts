import {
  type Counter,
  DESIRED_TYPE,
  type Digest,
  type EpochMs,
  encodePayload,
  type HostName,
  type Order,
  openUnverified,
  parseHostName,
  parseOrder,
  parsePayload,
  parseSessionId,
  type SessionId,
} from "../../src/contract/index.ts";
import {
  nextWakeAt,
  type OfferedRelease,
  type Reduction,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  type reduce,
} from "../../src/rollout/index.ts";
import {
  desiredBytes,
  FLEET,
  MINUTE_MS,
  type SealedStatement,
  sealOrder,
} from "../support/contract-builders.ts";
import type { BrokerModel, Letter } from "./broker-model.ts";
import { Connection } from "./connection.ts";
import type { GateEvent, Verdict } from "./gate-door.ts";
import { isSensorTopic, SensorGate } from "./house.ts";
import type { HubDisk } from "./hub-disk.ts";
import type { Random } from "./random.ts";
import { HUB_STATUS, RELEASES, topics } from "./simulated-topics.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface HubWatcher {
  readonly reduced: (
    hub: SimulatedHub,
    before: RolloutState,
    event: RolloutEvent,
    after: Reduction,
  ) => void;
  readonly carriedOut: (hub: SimulatedHub, effect: RolloutEffect) => void;
  readonly restarted: (hub: SimulatedHub, before: RolloutState, after: RolloutState) => void;
}

export interface HubWorld {
  readonly clock: VirtualClock;
  readonly chance: Random;
  readonly broker: BrokerModel;
  readonly hosts: readonly HostName[];
  /** What CI has signed so far. */
  readonly statements: ReadonlyMap<Digest, SealedStatement>;
  readonly releases: ReadonlyMap<string, OfferedRelease>;
  readonly watcher: HubWatcher;
  /** The rollout's reducer, or a broken one that a watcher must catch. */
  readonly mind: typeof reduce;
  readonly tell: (who: string, what: string) => void;
}

/** Control flow of the model: the process ended between two steps. */
class Killed extends Error {}

type GateAsked = Extract<RolloutEffect, { type: "GateAsked" }>;

/** Carries broker and hub: it goes last. */
export const CARRIER: HostName = parseHostName("nuc");
const GOOD_FOR_MS = 15 * MINUTE_MS;
const TICK_EVERY_MS = 15_000;
/** Below the gate's longest gap. */
const IDLE_TICK_MS = 60_000;
const SNAPSHOT_EVERY = 200;

/** The hub around the real reducers: durable first, then reduced, then published; killed between any two of these. */
export class SimulatedHub {
  readonly name: string;
  readonly disk: HubDisk;
  readonly #world: HubWorld;
  /** Of this installation; a copied one has another. */
  readonly instance: SessionId;
  readonly connection: Connection;
  state: RolloutState;
  session: SessionId;
  isUp: boolean = false;
  clockWrongByMs = 0;
  isSynchronised = true;
  #life = 0;
  #killAfterSteps: number | null = null;
  #gates = new Map<string, SensorGate>();
  #asked = new Map<string, GateAsked>();
  /** Durable, but perhaps not reduced yet. */
  lastAppended: RolloutEvent | null = null;
  #ordersHeard = new Map<string, number>();

  constructor(world: HubWorld, name: string, disk: HubDisk) {
    this.#world = world;
    this.name = name;
    this.disk = disk;
    this.state = disk.load();
    this.instance = parseSessionId(world.chance.uuid());
    this.session = this.instance;
    this.connection = new Connection(world.broker, world.clock, {
      name,
      hears: (topic) => topic.includes("/hosts/") || topic === RELEASES || isSensorTopic(topic),
      receive: (letter, copy) => this.#alive(() => this.#receive(letter, copy)),
      opened: () => this.#alive(() => this.#opened()),
      closed: () =>
        this.#alive(() => this.#tellGates({ type: "link-lost", at: this.now, link: "broker" })),
      will: () => this.#presence("offline"),
      after: (delayMs, what) => this.#after(delayMs, what),
    });
  }

  get now(): EpochMs {
    return Math.max(0, this.#world.clock.now + this.clockWrongByMs) as EpochMs;
  }

  start(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.#life += 1;
    const before = this.state;
    this.state = this.disk.load();
    this.#world.watcher.restarted(this, before, this.state);
    this.session = parseSessionId(this.#world.chance.uuid());
    this.#gates.clear();
    this.#asked.clear();
    this.#ordersHeard.clear();
    this.#alive(() => {
      this.#hear({ type: "ClockChecked", at: this.now, synchronised: this.isSynchronised });
      this.#hear({ type: "ControllerStarted", at: this.now, session: this.session });
    });
    this.connection.open();
    this.#tick();
  }

  kill(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.#life += 1;
    this.#killAfterSteps = null;
    this.connection.end(true);
    this.#world.tell(this.name, "ends");
  }

  killAndRestart(afterMs: number): void {
    this.kill();
    this.#world.clock.after(afterMs, () => this.start());
  }

  /** Dies `steps` steps of the shell later, wherever that is; back after half a minute. */
  killSoon(steps: number): void {
    if (this.isUp) this.#killAfterSteps = steps;
  }

  /** Something from outside: a person, a switch. */
  tell(make: (at: EpochMs) => RolloutEvent): void {
    this.#alive(() => this.#hear(make(this.now)));
  }

  checkClock(): void {
    this.tell((at) => ({ type: "ClockChecked", at, synchronised: this.isSynchronised }));
  }

  #alive(what: () => void): void {
    if (!this.isUp) return;
    try {
      what();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#world.tell(this.name, "killed between two steps");
      this.killAndRestart(30_000);
    }
  }

  #after(delayMs: number, what: () => void): void {
    const life = this.#life;
    this.#world.clock.after(delayMs, () => {
      if (life === this.#life) this.#alive(what);
    });
  }

  /** Between any two steps of the shell. */
  #step(): void {
    if (this.#killAfterSteps === null) return;
    if (this.#killAfterSteps === 0) throw new Killed();
    this.#killAfterSteps -= 1;
  }

  #tick(): void {
    const wake = nextWakeAt(this.state);
    const isUnderWay = this.state.rollout !== null && this.state.rollout.phase !== "Completed";
    const every = isUnderWay ? TICK_EVERY_MS : IDLE_TICK_MS;
    const untilMs = wake === null ? every : Math.min(every, wake - this.now);
    this.#after(Math.max(50, untilMs), () => {
      try {
        this.#hear({ type: "Tick", at: this.now });
        this.#tellGates({ type: "tick", at: this.now });
        this.#lookAgain();
      } finally {
        this.#tick();
      }
    });
  }

  #hear(event: RolloutEvent): void {
    if (event.type !== "Tick") this.#append(event);
    this.#step();
    const before = this.state;
    const reduction = this.#world.mind(before, event);
    if (event.type === "Tick") {
      if (reduction.ignored !== null) return;
      this.#append(event);
      this.#step();
    }
    this.state = reduction.state;
    this.#world.watcher.reduced(this, before, event, reduction);
    this.#step();
    for (const effect of reduction.effects) this.#carryOut(effect);
    if (this.disk.length > SNAPSHOT_EVERY) {
      this.disk.snapshot(this.state);
      this.#step();
      this.disk.trim();
    }
  }

  #append(event: RolloutEvent): void {
    this.disk.append(event);
    this.lastAppended = event;
  }

  #carryOut(effect: RolloutEffect): void {
    this.#world.watcher.carriedOut(this, effect);
    if (effect.type === "Order") {
      this.#order(effect);
      this.#step();
      return;
    }
    if (effect.type === "GateAsked") {
      this.#step();
      this.#askGate(effect); // done when it is judged: until then it stays in the outbox
      return;
    }
    if (effect.type === "ReconnectAsked") this.#reconnect();
    this.#step();
    this.#hear({ type: "EffectsDone", at: this.now, ids: [effect.id] });
  }

  #order(effect: Extract<RolloutEffect, { type: "Order" }>): void {
    const { host, counter, rollout, attempt, goal, statement, lease, rollback, retry, at } = effect;
    const sealed = this.#world.statements.get(statement);
    if (!sealed) throw new Error(`order for a statement that CI never signed: ${statement}`);
    const order: Order = {
      ...{ v: 1, fleet: FLEET, host, hub: this.instance, counter, rollout, attempt, goal, lease },
      ...{ issued: at, notAfter: (at + GOOD_FOR_MS) as EpochMs, statement },
      ...(rollback ? { rollback } : {}),
      ...(retry ? { retry } : {}),
    };
    this.connection.send({
      ...{
        topic: topics.desired(host),
        bytes: desiredBytes(sealOrder(order), sealed),
        retain: true,
      },
    });
  }

  #reconnect(): void {
    this.#after(1_000, () => {
      this.session = parseSessionId(this.#world.chance.uuid());
      this.connection.renew();
    });
  }

  #presence(state: "online" | "offline"): Letter {
    const bytes = encodePayload("hubStatus", { state, session: this.session });
    return { topic: HUB_STATUS, bytes, retain: true };
  }

  #opened(): void {
    this.#hear({ type: "HubConnected", at: this.now, session: this.session });
    this.#tellGates({ type: "link-restored", at: this.now, link: "broker" });
    this.connection.send(this.#presence("online"));
  }

  #receive({ topic, bytes }: Letter, copy: boolean): void {
    const at = this.now;
    if (isSensorTopic(topic)) {
      this.#tellGates({ type: "bytes-received", at, source: topic, bytes, retained: copy });
      return;
    }
    if (topic === RELEASES) {
      const release = this.#world.releases.get(Buffer.from(bytes).toString());
      if (release) this.#hear({ type: "ReleaseVerified", at, release });
      return;
    }
    const host = topic.split("/").at(-2) as HostName;
    if (topic === topics.desired(host)) this.#heardOrder(bytes);
    else if (topic === topics.reported(host)) {
      this.#hear({
        type: "HostReported",
        at,
        live: !copy,
        report: parsePayload("reported", bytes),
      });
    } else {
      const { state, session } = parsePayload("availability", bytes);
      this.#hear({ type: state === "online" ? "HostAppeared" : "HostLost", at, host, session });
    }
  }

  /** Orders of this hub's key teach it its counter, or that somebody else has the key. */
  #heardOrder(bytes: Uint8Array): void {
    const order = parseOrder(openUnverified(parsePayload("desired", bytes).order, DESIRED_TYPE));
    const known = this.#ordersHeard.get(order.host) ?? 0;
    if (order.counter <= known) return;
    this.#ordersHeard.set(order.host, order.counter);
    const at = this.now;
    if (order.counter > this.state.lastCounter) {
      this.#hear({ type: "CounterLearned", at, counter: order.counter as Counter });
    }
    if (order.hub !== this.instance)
      this.#hear({ type: "ForeignHubSeen", at, instance: order.hub });
  }

  #gateOf(host: HostName | null): SensorGate {
    const name = host ?? "final";
    const known = this.#gates.get(name);
    if (known) return known;
    const { gates } = this.disk;
    const opened = new SensorGate(gates.get(name), (json) => gates.set(name, json), this.now);
    this.#gates.set(name, opened);
    return opened;
  }

  /** Asked again after a restart it goes on, or says again what it had said. */
  #askGate(asked: GateAsked): void {
    const { place, rollout, host, attempt } = asked;
    const run = `${rollout}/${host ?? "final"}/${attempt}`;
    const about = host ?? CARRIER;
    const at = this.now;
    const gate = this.#gateOf(host);
    this.#asked.set(host ?? "final", asked);
    const { state } = gate;
    if (state.run !== run && state.run !== null && state.phase !== "Closed") {
      gate.hear({ type: "abandoned", at, run: state.run });
    }
    if (place === "preflight") {
      this.#tellGate(gate, host, { type: "baseline-started", at, run, host: about });
      this.#tellGate(gate, host, { type: "baseline-frozen", at, run });
      return;
    }
    const { verdict, phase } = gate.state;
    if (gate.state.run === run && phase === "Closed" && verdict) this.#judged(host, verdict);
    else
      this.#tellGate(gate, host, { type: "gate-started", at, run, host: about, activatedAt: at });
  }

  #tellGates(event: GateEvent): void {
    if (this.state.plan.gates.length === 0) return;
    for (const host of this.#world.hosts) this.#tellGate(this.#gateOf(host), host, event);
    this.#tellGate(this.#gateOf(null), null, event);
  }

  /** PreflightFailed is cleared by its own cause alone: the house, once it is healthy. */
  #lookAgain(): void {
    for (const { place, rollout, host, attempt } of [...this.#asked.values()]) {
      if (place !== "preflight" || host === null) continue;
      const run = `${rollout}/${host}/${attempt}`;
      this.#tellGate(this.#gateOf(host), host, { type: "baseline-frozen", at: this.now, run });
    }
  }

  #tellGate(gate: SensorGate, host: HostName | null, event: GateEvent): void {
    const said = gate.hear(event);
    if (said === null) return;
    this.#step();
    this.#judged(host, said);
  }

  #judged(host: HostName | null, said: Verdict | "preflight-passed"): void {
    const asked = this.#asked.get(host ?? "final");
    if (!asked || (said === "preflight-passed" && asked.place !== "preflight")) return;
    const isRefused = asked.place === "preflight" && said !== "preflight-passed";
    if (!isRefused) this.#asked.delete(host ?? "final"); // a house that is not healthy is looked at again
    const { place, rollout, attempt, id } = asked;
    const passed = said === "preflight-passed";
    const status = passed ? "Successful" : said.status;
    const verdict = status === "PreflightFailed" ? "Failed" : status;
    const why = passed ? "" : said.reason.text;
    const at = this.now;
    this.#hear({ type: "GateJudged", at, place, rollout, host, attempt, verdict, why });
    this.#hear({ type: "EffectsDone", at, ids: [id] });
  }
}

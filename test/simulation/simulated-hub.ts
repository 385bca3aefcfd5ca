import {
  type Counter,
  DESIRED_TYPE,
  type EpochMs,
  encodePayload,
  type HostName,
  openUnverified,
  parseOrder,
  parsePayload,
  parseSessionId,
  type SessionId,
} from "../../src/contract/index.ts";
import {
  nextWakeAt,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
} from "../../src/rollout/index.ts";
import type { Letter } from "./broker-model.ts";
import { Connection } from "./connection.ts";
import { isSensorTopic } from "./house.ts";
import type { HubDisk } from "./hub-disk.ts";
import { HubGates } from "./hub-gates.ts";
import { hostEvent, orderLetter } from "./hub-letters.ts";
import { HubProcess } from "./hub-process.ts";
import type { HubWorld } from "./hub-world.ts";
import { HUB_STATUS, RELEASES, topics } from "./simulated-topics.ts";

const TICK_EVERY_MS = 15_000;
/** Below the gate's longest gap. */
const IDLE_TICK_MS = 60_000;
const SNAPSHOT_EVERY = 200;

/** The hub around the real reducers: durable first, then reduced, then published; killed between any two of these. */
export class SimulatedHub {
  readonly name: string;
  readonly disk: HubDisk;
  readonly #world: HubWorld;
  readonly #process: HubProcess;
  readonly #gates: HubGates;
  /** Of this installation; a copied one has another. */
  readonly instance: SessionId;
  readonly connection: Connection;
  state: RolloutState;
  session: SessionId;
  clockWrongByMs = 0;
  isSynchronised = true;
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
    this.#process = new HubProcess(world.clock, () => {
      world.tell(name, "killed between two steps");
      this.killAndRestart(30_000);
    });
    this.#gates = this.#makeGates();
    this.connection = new Connection(world.broker, world.clock, {
      name,
      hears: (topic) => topic.includes("/hosts/") || topic === RELEASES || isSensorTopic(topic),
      receive: (letter, copy) => this.#process.alive(() => this.#receive(letter, copy)),
      opened: () => this.#process.alive(() => this.#opened()),
      closed: () =>
        this.#process.alive(() =>
          this.#gates.tellAll({ type: "link-lost", at: this.now, link: "broker" }),
        ),
      will: () => this.#presence("offline"),
      after: (delayMs, what) => this.#process.after(delayMs, what),
    });
  }

  get now(): EpochMs {
    return Math.max(0, this.#world.clock.now + this.clockWrongByMs) as EpochMs;
  }

  start(): void {
    if (this.#process.isUp) return;
    this.#process.begin();
    const before = this.state;
    this.disk.reopen();
    this.state = this.disk.load();
    this.#world.watcher.restarted(this, before, this.state);
    this.session = parseSessionId(this.#world.chance.uuid());
    this.#gates.forget();
    this.#ordersHeard.clear();
    this.#process.alive(() => {
      this.#hear({ type: "ClockChecked", at: this.now, synchronised: this.isSynchronised });
      this.#hear({ type: "ControllerStarted", at: this.now, session: this.session });
    });
    this.connection.open();
    this.#tick();
  }

  kill(): void {
    if (!this.#process.isUp) return;
    this.#process.end();
    this.connection.end(true);
    this.#world.tell(this.name, "ends");
  }

  killAndRestart(afterMs: number): void {
    this.kill();
    this.#world.clock.after(afterMs, () => this.start());
  }

  /** Dies `steps` steps of the shell later, wherever that is; back after half a minute. */
  killSoon(steps: number): void {
    this.#process.killSoon(steps);
  }

  /** Something from outside: a person, a switch. */
  tell(make: (at: EpochMs) => RolloutEvent): void {
    this.#process.alive(() => this.#hear(make(this.now)));
  }

  checkClock(): void {
    this.tell((at) => ({ type: "ClockChecked", at, synchronised: this.isSynchronised }));
  }

  #makeGates(): HubGates {
    const shell = {
      plan: this.#world.gatePlan,
      now: () => this.now,
      state: () => this.state,
      hear: (event: RolloutEvent) => this.#hear(event),
      step: () => this.#process.step(),
    };
    return new HubGates(shell, this.#world.hosts, this.disk.gates);
  }

  #tick(): void {
    const wake = nextWakeAt(this.state);
    const isUnderWay = this.state.rollout !== null && this.state.rollout.phase !== "Completed";
    const every = isUnderWay ? TICK_EVERY_MS : IDLE_TICK_MS;
    const untilMs = wake === null ? every : Math.min(every, wake - this.now);
    this.#process.after(Math.max(50, untilMs), () => {
      try {
        this.#hear({ type: "Tick", at: this.now });
        this.#gates.tellAll({ type: "tick", at: this.now });
        this.#gates.lookAgain();
      } finally {
        this.#tick();
      }
    });
  }

  #hear(event: RolloutEvent): void {
    if (event.type !== "Tick") this.#append(event);
    this.#process.step();
    const before = this.state;
    const reduction = this.#world.mind(before, event);
    if (event.type === "Tick") {
      if (reduction.ignored !== null) return;
      this.#append(event);
      this.#process.step();
    }
    this.state = reduction.state;
    this.#world.watcher.reduced(this, before, event, reduction);
    this.#process.step();
    for (const effect of reduction.effects) this.#carryOut(effect);
    if (this.disk.length > SNAPSHOT_EVERY) {
      this.disk.snapshot(this.state);
      this.#process.step();
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
      this.connection.send(orderLetter(effect, this.instance, this.#world.statements));
      this.#process.step();
      return;
    }
    if (effect.type === "GateAsked") {
      this.#process.step();
      this.#gates.ask(effect); // done when it is judged: until then it stays in the outbox
      return;
    }
    if (effect.type === "ReconnectAsked") this.#reconnect();
    this.#process.step();
    this.#hear({ type: "EffectsDone", at: this.now, ids: [effect.id] });
  }

  #reconnect(): void {
    this.#process.after(1_000, () => {
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
    this.#gates.tellAll({ type: "link-restored", at: this.now, link: "broker" });
    this.connection.send(this.#presence("online"));
  }

  #receive(letter: Letter, copy: boolean): void {
    const { topic, bytes } = letter;
    const at = this.now;
    if (isSensorTopic(topic)) {
      this.#gates.tellAll({ type: "bytes-received", at, source: topic, bytes, retained: copy });
      return;
    }
    if (topic === RELEASES) {
      const release = this.#world.releases.get(Buffer.from(bytes).toString());
      if (release) this.#hear({ type: "ReleaseVerified", at, release });
      return;
    }
    const host = topic.split("/").at(-2) as HostName;
    if (topic === topics.desired(host)) this.#heardOrder(bytes);
    else this.#hear(hostEvent(letter, host, { at, live: !copy }));
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
}

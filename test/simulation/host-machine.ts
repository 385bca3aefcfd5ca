import {
  type Channel,
  type EpochMs,
  type HostName,
  type HostTrust,
  parseSessionId,
  type Reported,
  type SessionId,
  type StorePath,
} from "../../src/contract/index.ts";
import { trustOf } from "../support/contract-builders.ts";
import type { BrokerModel } from "./broker-model.ts";
import type { Closures } from "./closures.ts";
import { HostDisk } from "./host-disk.ts";
import type { Facts } from "./host-next.ts";
import type { Random } from "./random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface HostWorld {
  readonly clock: VirtualClock;
  readonly chance: Random;
  readonly broker: BrokerModel;
  readonly closures: Closures;
  readonly tell: (who: string, what: string) => void;
  /** An attempt begins to touch the running system. */
  readonly activated: (key: string) => void;
  /** The running system has changed, or the host went down or came back. */
  readonly systemChanged: (host: HostMachine, why: "switched" | "booted" | "down") => void;
}

/** The machine under agent and activator: its systems, its disk, its boots, and its own time. */
export class HostMachine {
  readonly world: HostWorld;
  readonly name: HostName;
  readonly trust: HostTrust;
  readonly disk = new HostDisk();
  current: StorePath;
  profile: StorePath;
  bootDefault: StorePath;
  booted: StorePath;
  bootId: SessionId;
  isOn: boolean = true;
  isAsleep: boolean = false;
  clockWrongByMs = 0;
  isSynchronised = true;
  /** What a person or the first installation made the boot default. */
  readonly ownSystems = new Set<StorePath>();
  #bootedAt: EpochMs;
  /** Changes with each end of life: what was begun before is not carried on. */
  readonly #lives = { activator: 0, agent: 0 };
  #waiting: (() => void)[] = [];

  constructor(world: HostWorld, name: HostName, channel: Channel, first: StorePath) {
    this.world = world;
    this.name = name;
    this.trust = trustOf({ host: name, channel });
    this.current = first;
    this.profile = first;
    this.bootDefault = first;
    this.booted = first;
    this.ownSystems.add(first);
    this.bootId = this.newId();
    this.#bootedAt = world.clock.now;
  }

  get phase(): Reported["phase"] {
    return this.disk.journal.open?.phase ?? "idle";
  }

  get now(): EpochMs {
    return Math.max(0, this.world.clock.now + this.clockWrongByMs) as EpochMs;
  }

  get facts(): Facts {
    const { current, profile, bootId } = this;
    return { current, profile, bootId, sinceBootMs: this.world.clock.now - this.#bootedAt };
  }

  tell(what: string): void {
    this.world.tell(this.name, what);
  }

  newId(): SessionId {
    return parseSessionId(this.world.chance.uuid());
  }

  /** Into the boot default, whatever ran before. */
  startSystem(): void {
    this.isOn = true;
    this.isAsleep = false;
    this.bootId = this.newId();
    this.#bootedAt = this.world.clock.now;
    this.current = this.bootDefault;
    this.booted = this.bootDefault;
    this.disk.reread();
    this.world.systemChanged(this, "booted");
  }

  loseSystem(): void {
    this.isOn = false;
    this.#waiting = [];
  }

  /** What waited for the machine to wake, to be carried on by the caller. */
  takeWaiting(): readonly (() => void)[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** What this process has begun is not carried on. */
  endLife(whose: "activator" | "agent"): void {
    this.#lives[whose] += 1;
  }

  /** In this host's own time: not while it sleeps, never after what was running has ended. */
  after(delayMs: number, what: () => void, whose: "activator" | "agent" = "activator"): void {
    const life = this.#lives[whose];
    const due = (): void => {
      if (life !== this.#lives[whose] || !this.isOn) return;
      if (this.isAsleep) this.#waiting.push(due);
      else what();
    };
    this.world.clock.after(delayMs, due);
  }
}

export const short = (path: StorePath): string => path.slice("/nix/store/".length, 19);

import type { RunState } from "../../agent/decide/facts.ts";
import {
  type BootRisk,
  type Channel,
  type EpochMs,
  type HostName,
  type HostTrust,
  type Journal,
  parseSessionId,
  type Reported,
  type SessionId,
  type StorePath,
} from "../../src/contract/index.ts";
import { trustOf } from "../support/contract-builders.ts";
import type { BrokerModel } from "./broker-model.ts";
import type { Closures } from "./closures.ts";
import { EMPTY_INBOX, HostDisk } from "./host-disk.ts";
import { EASY, type HostLimits, type Mood, NO_LIMITS } from "./host-rules.ts";
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
  /** A trial or a pull is begun just now. */
  readonly begins: (host: HostMachine, what: "trial" | "pull") => void;
  /** The running system has changed, or the host went down or came back. */
  readonly systemChanged: (host: HostMachine, why: "switched" | "booted" | "down") => void;
}

type Whose = "activator" | "agent" | "deadman" | "systemd";

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
  /** The boot loader's entry for the next boot alone. */
  bootOnce: StorePath | null = null;
  bootId: SessionId;
  /** The closures that are held in the store for an attempt. */
  readonly roots = new Set<StorePath>();
  readonly runs = new Map<string, RunState>();
  isDeadmanArmed: boolean = false;
  /** What its boot loader can do, and what its configuration allows. */
  bootRisk: BootRisk = "one-shot";
  rebootToRecover: boolean = true;
  /** Its own configuration, what else may deploy here, and what its person does with it. */
  limits: HostLimits = NO_LIMITS;
  otherAgents: readonly string[] = [];
  mood: Mood = EASY;
  isOn: boolean = true;
  isAsleep: boolean = false;
  /** Boot time at which it woke last. */
  wokeBootMs = 0;
  clockWrongByMs = 0;
  isSynchronised = true;
  /** What a person or the first installation made the boot default. */
  readonly ownSystems = new Set<StorePath>();
  #bootedAt: EpochMs;
  /** Changes with each end of life: what was begun before is not carried on. */
  readonly #lives: Record<Whose, number> = { activator: 0, agent: 0, deadman: 0, systemd: 0 };
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
    return this.disk.journal.open?.phase ?? (this.disk.journal.locked ? "locked" : "idle");
  }

  get now(): EpochMs {
    return Math.max(0, this.world.clock.now + this.clockWrongByMs) as EpochMs;
  }

  /** Boot time, suspend counted. */
  get bootMs(): number {
    return this.world.clock.now - this.#bootedAt;
  }

  tell(what: string): void {
    this.world.tell(this.name, what);
  }

  newId(): SessionId {
    return parseSessionId(this.world.chance.uuid());
  }

  /** Durable. What touches the running system is told to whoever watches. */
  keep(journal: Journal): void {
    const before = this.disk.journal.open;
    const { open } = journal;
    this.disk.journal = journal;
    if (open?.phase === before?.phase || !open) return;
    if (open.phase === "activating" || open.phase === "rebooting") {
      if (before?.phase === "staged") this.world.begins(this, "trial");
      this.world.activated(`${open.rollout}/${this.name}/${open.attempt}`);
    }
  }

  rebootReasons(target: StorePath): readonly string[] {
    const isLive = target === this.booted || target === this.current;
    return !isLive && this.world.closures.of(target).activation === "needs-reboot"
      ? ["kernel"]
      : [];
  }

  /** Into what the boot loader takes, whatever ran before. What does not start is passed over. */
  startSystem(): void {
    const { closures } = this.world;
    const next = this.bootOnce ?? this.bootDefault;
    const starts = (path: StorePath): boolean => closures.of(path).start === "works";
    this.isOn = true;
    this.isAsleep = false;
    this.bootId = this.newId();
    this.#bootedAt = this.world.clock.now;
    this.wokeBootMs = 0;
    this.booted = [next, this.bootDefault].find(starts) ?? this.#olderGeneration();
    this.bootOnce = null;
    this.current = this.booted;
    this.isDeadmanArmed = false;
    for (const [key, { state }] of this.runs) if (state !== "ended") this.runs.delete(key);
    this.disk.inbox = EMPTY_INBOX;
    this.disk.reread();
    this.world.systemChanged(this, "booted");
  }

  /** What a person takes in the boot menu when the default does not start. */
  #olderGeneration(): StorePath {
    const { journal } = this.disk;
    const ran = journal.open?.previous ?? journal.committed.at(-1)?.storePath;
    return ran ?? ([...this.ownSystems].at(-1) as StorePath);
  }

  loseSystem(): void {
    this.isOn = false;
    this.#waiting = [];
    for (const whose of ["activator", "agent", "deadman", "systemd"] as const) this.endLife(whose);
  }

  /** What waited for the machine to wake, to be carried on by the caller. */
  takeWaiting(): readonly (() => void)[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** What this process has begun is not carried on. */
  endLife(whose: Whose): void {
    this.#lives[whose] += 1;
  }

  /** In this host's own time: not while it sleeps, never after what was running has ended. */
  after(delayMs: number, what: () => void, whose: Whose = "activator"): void {
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

import { type EndedAttempt, reportOf } from "../../agent/report.ts";
import {
  type Channel,
  type EpochMs,
  encodePayload,
  type HostName,
  type HostTrust,
  type Judgement,
  judgeOrder,
  parsePayload,
  parseSessionId,
  type Reported,
  type SessionId,
  type StorePath,
} from "../../src/contract/index.ts";
import { trustOf } from "../support/contract-builders.ts";
import type { BrokerModel, Letter } from "./broker-model.ts";
import type { Closures } from "./closures.ts";
import { Connection } from "./connection.ts";
import { HostDisk } from "./host-disk.ts";
import { type Facts, nextOf } from "./host-next.ts";
import type { Random } from "./random.ts";
import { HUB_STATUS, topics } from "./simulated-topics.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface HostWorld {
  readonly clock: VirtualClock;
  readonly chance: Random;
  readonly broker: BrokerModel;
  readonly closures: Closures;
  readonly tell: (who: string, what: string) => void;
  /** The running system has changed, or the host went down or came back. */
  /** An attempt begins to touch the running system. */
  readonly activated: (key: string) => void;
  readonly systemChanged: (host: SimulatedHost, why: "switched" | "booted" | "down") => void;
}

const SWITCH_LIMIT_MS = 10 * 60_000;
const BOOT_MS = 40_000;
const DEADMAN_TICK_MS = 15_000;
const HEARTBEAT_IN_ATTEMPT_MS = 30_000;
const HEARTBEAT_AT_REST_MS = 600_000;

/**
 * One NixOS host under the virtual clock: what runs on it, what is on its disk, its activator and its
 * agent. It judges orders with the contract's own function; it is cut short by `cutPower`, `crash`,
 * `sleep` and by people.
 */
export class SimulatedHost {
  readonly name: HostName;
  readonly trust: HostTrust;
  readonly disk = new HostDisk();
  readonly connection: Connection;
  readonly #world: HostWorld;
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
  #life = 0;
  #agentLife = 0;
  #waiting: (() => void)[] = [];
  #isBusy: boolean = false;
  #session: SessionId;
  #seq = 0;
  #refusal: Reported["refusal"] = null;
  #asked: EndedAttempt | null = null;
  #hubSession: string | null = null;
  #beat: () => void = () => undefined;

  constructor(world: HostWorld, name: HostName, channel: Channel, first: StorePath) {
    this.#world = world;
    this.name = name;
    this.trust = trustOf({ host: name, channel });
    this.current = first;
    this.profile = first;
    this.bootDefault = first;
    this.booted = first;
    this.ownSystems.add(first);
    this.bootId = this.#newId();
    this.#session = this.#newId();
    this.#bootedAt = world.clock.now;
    this.connection = new Connection(world.broker, world.clock, {
      name,
      hears: (topic) => topic === topics.desired(name) || topic === HUB_STATUS,
      receive: (letter) => this.#receive(letter),
      opened: () => this.#opened(),
      closed: () => undefined,
      will: () => this.#presence("offline"),
      after: (delayMs, what) => this.#after(delayMs, what, "agent"),
    });
  }

  get phase(): Reported["phase"] {
    return this.disk.journal.open?.phase ?? "idle";
  }

  get session(): SessionId {
    return this.#session;
  }

  get now(): EpochMs {
    return Math.max(0, this.#world.clock.now + this.clockWrongByMs) as EpochMs;
  }

  get facts(): Facts {
    const { current, profile, bootId } = this;
    return { current, profile, bootId, sinceBootMs: this.#world.clock.now - this.#bootedAt };
  }

  /** The first boot, and each one after the power was gone. */
  boot(): void {
    this.isOn = true;
    this.isAsleep = false;
    this.bootId = this.#newId();
    this.#bootedAt = this.#world.clock.now;
    this.current = this.bootDefault;
    this.booted = this.bootDefault;
    this.disk.reread();
    this.#world.systemChanged(this, "booted");
    this.#startAgent();
    this.#work();
  }

  cutPower(forMs: number): void {
    if (!this.isOn) return;
    this.#world.tell(this.name, `loses power for ${Math.round(forMs / 60_000)} min`);
    this.isOn = false;
    this.#life += 1;
    this.#isBusy = false;
    this.#waiting = [];
    this.#agentLife += 1;
    this.connection.end(true);
    this.#world.systemChanged(this, "down");
    this.#world.clock.after(forMs + BOOT_MS, () => {
      if (!this.isOn) this.boot();
    });
  }

  /** The activator is killed at this instant and started again within a minute. */
  crashActivator(): void {
    if (!this.isOn) return;
    this.#world.tell(this.name, "activator killed");
    this.#life += 1;
    this.#isBusy = false;
    this.disk.reread();
    this.#after(this.#world.chance.between(100, 60_000), () => this.#work());
    this.#watchDeadline();
  }

  crashAgent(): void {
    if (!this.isOn) return;
    this.#world.tell(this.name, "agent killed");
    this.connection.end(true);
    this.#agentLife += 1;
    this.#after(3_000, () => this.#startAgent());
  }

  sleep(forMs: number): void {
    if (!this.isOn || this.isAsleep) return;
    this.#world.tell(this.name, `sleeps for ${Math.round(forMs / 60_000)} min`);
    this.isAsleep = true;
    this.connection.cutFor(forMs);
    this.#world.clock.after(forMs, () => this.#wake());
  }

  /** nixos-rebuild switch, by hand. */
  rebuildByHand(path: StorePath): void {
    if (!this.isOn || this.isAsleep) return;
    this.#world.tell(this.name, `a person runs nixos-rebuild switch (${short(path)})`);
    this.ownSystems.add(path);
    this.current = path;
    this.profile = path;
    this.bootDefault = path;
    this.#world.systemChanged(this, "switched");
    this.#renewAgent();
    this.#work();
  }

  #wake(): void {
    if (!(this.isOn && this.isAsleep)) return;
    this.isAsleep = false;
    this.#world.tell(this.name, "wakes");
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#work(); // the deadman's timer has expired in the meantime: it comes before any letter
    for (const what of waiting) what();
  }

  /** In this host's own time: not while it sleeps, never after what was running has ended. */
  #after(delayMs: number, what: () => void, whose: "activator" | "agent" = "activator"): void {
    const [life, agentLife] = [this.#life, this.#agentLife];
    const due = (): void => {
      const isOver = whose === "agent" ? agentLife !== this.#agentLife : life !== this.#life;
      if (isOver || !this.isOn) return;
      if (this.isAsleep) this.#waiting.push(due);
      else what();
    };
    this.#world.clock.after(delayMs, due);
  }

  #newId(): SessionId {
    return parseSessionId(this.#world.chance.uuid());
  }

  #startAgent(): void {
    this.connection.end(false);
    this.#agentLife += 1;
    if (this.#world.closures.of(this.current).agent === "dies") return;
    this.#session = this.#newId();
    this.#seq = 0;
    this.#refusal = null;
    this.#asked = null;
    this.#hubSession = null;
    this.connection.open();
  }

  #renewAgent(): void {
    this.#after(500, () => this.#startAgent());
  }

  #presence(state: "online" | "offline"): Letter {
    const { name } = this;
    const bytes = encodePayload("availability", { state, session: this.#session });
    return { topic: topics.availability(name), bytes, retain: true };
  }

  #opened(): void {
    this.connection.send(this.#presence("online"));
    this.report();
  }

  #receive({ topic, bytes }: Letter): void {
    if (topic === HUB_STATUS) {
      const { state, session } = parsePayload("hubStatus", bytes);
      if (state !== "online" || session === this.#hubSession) return;
      this.#hubSession = session;
      this.report();
    } else this.#judge(bytes);
  }

  report(): void {
    this.#seq += 1;
    const { trust, current, booted, profile, bootId } = this;
    const report = reportOf({
      ...{ trust, memory: this.disk, session: this.#session, seq: this.#seq, at: this.now },
      ...{ synchronised: this.isSynchronised, agentVersion: "0.1.0" },
      facts: { current, booted, profile, bootId, freeBytes: 1_000_000_000 },
      refusal: this.#refusal,
      asked: this.#asked,
    });
    const bytes = encodePayload("reported", report);
    this.connection.send({ topic: topics.reported(this.name), bytes, retain: true });
    this.#beat();
    const agentLife = this.#agentLife;
    let isNewest = true;
    this.#beat = () => {
      isNewest = false;
    };
    const every = report.phase === "idle" ? HEARTBEAT_AT_REST_MS : HEARTBEAT_IN_ATTEMPT_MS;
    this.#after(every, () => isNewest && agentLife === this.#agentLife && this.report(), "agent");
  }

  #judge(bytes: Uint8Array): void {
    const { trust, disk } = this;
    const { ratchet, journal } = disk;
    const clock = { now: this.now, synchronised: this.isSynchronised };
    const judgement = judgeOrder({ trust, ratchet, journal, clock }, bytes);
    if (judgement.kind === "refused" || judgement.kind === "held") {
      this.#refuse(judgement);
      return;
    }
    const { order, statement } = judgement;
    if (judgement.kind !== "repeated") disk.accept(bytes, judgement.ratchet);
    this.#refusal = null;
    const { rollout, attempt } = order;
    this.#asked = { rollout, attempt, target: statement.storePath };
    if (judgement.kind !== "closed") this.#begin(judgement);
    this.report();
    this.#work();
  }

  #refuse({ code, message, counter }: Extract<Judgement, { kind: "refused" | "held" }>): void {
    this.#refusal = { code, message: message.slice(0, 1000), counter, at: this.now };
    this.report();
  }

  #begin(judgement: Extract<Judgement, { kind: "accepted" | "repeated" }>): void {
    const { order, statement } = judgement;
    const { rollout, attempt } = order;
    const { journal } = this.disk;
    const isIt = (one: { rollout: string; attempt: number }): boolean =>
      one.rollout === rollout && one.attempt === attempt;
    if (journal.closed.some(isIt)) return;
    if (journal.open && !isIt(journal.open)) {
      if (journal.open.phase !== "staging" && journal.open.phase !== "staged") {
        const { counter } = order;
        const message = `attempt ${journal.open.attempt} is ${journal.open.phase}`;
        this.#refuse({ kind: "refused", code: "attempt-open", message, counter });
        return;
      }
      this.#life += 1; // a pull under way is let go
      this.#isBusy = false;
      this.disk.close(journal.open, "canceled", "superseded");
    }
    if (this.disk.journal.open || order.goal === "commit" || order.goal === "revert") return;
    const { storePath, narHash, serial } = statement;
    const about = { rollout, attempt, statement: order.statement, storePath, narHash, serial };
    const noOp = judgement.kind === "accepted" && judgement.noOp;
    const { current, profile } = this;
    if (noOp || (current === storePath && profile === storePath)) {
      this.disk.close(about, "already-installed", null);
    } else this.disk.open({ ...about, phase: "staging", previous: current });
  }

  #work(): void {
    const { open } = this.disk.journal;
    if (this.#isBusy || !open || !this.isOn || this.isAsleep) return;
    const order = this.disk.accepted?.order;
    const isOurs = order?.rollout === open.rollout && order.attempt === open.attempt;
    const next = nextOf(open, isOurs ? order.goal : null, this.facts, this.disk.trial);
    switch (next.do) {
      case "rest":
        return;
      case "pull":
        this.#takeTime(this.#world.chance.between(3_000, 240_000), () => this.#pulled());
        return;
      case "switch":
        this.#switch();
        return;
      case "keep":
        this.#move("committing");
        this.#work();
        return;
      case "make-default":
        this.#makeDefault();
        return;
      case "undo":
        this.#move("reverting", next.reason);
        this.#work();
        return;
      case "switch-back":
        this.#takeTime(this.#world.chance.between(3_000, 30_000), () => this.#switchedBack());
        return;
      case "end":
        if (next.profileBack) {
          this.profile = this.current;
          this.bootDefault = this.current;
        }
        this.#end(next.code, next.reason);
        return;
    }
  }

  #reasonToUndo: string | null = null;

  #move(phase: Reported["phase"], reason: string | null = null): void {
    const { open } = this.disk.journal;
    if (!open) return;
    this.disk.open({ ...open, phase });
    if (reason !== null) this.#reasonToUndo = reason;
    this.#world.tell(this.name, reason === null ? phase : `${phase}: ${reason}`);
    this.report();
  }

  #takeTime(durationMs: number, then: () => void): void {
    this.#isBusy = true;
    this.#after(durationMs, () => {
      this.#isBusy = false;
      then();
      this.#work();
    });
  }

  #end(code: Parameters<HostDisk["close"]>[1], reason: string | null): void {
    const { open } = this.disk.journal;
    if (!open) return;
    this.#world.tell(this.name, reason === null ? code : `${code}: ${reason}`);
    this.disk.close(open, code, reason);
    this.report();
  }

  #pulled(): void {
    const { open } = this.disk.journal;
    if (!open) return;
    if (this.#world.closures.pull(open.storePath)) this.#move("staged");
    else this.#end("failed", "nix-failed");
  }

  /** The deadman is armed for the switch's own limit plus the lease, before anything is touched. */
  #switch(): void {
    const { open, accepted } = { open: this.disk.journal.open, accepted: this.disk.accepted };
    if (!open || !accepted) return;
    const fate = this.#world.closures.of(open.storePath);
    if (fate.activation === "needs-reboot") {
      this.#end("needs-reboot", "reboot-required");
      return;
    }
    const { lease } = accepted.order;
    const { bootId, sinceBootMs } = this.facts;
    this.disk.trial = {
      ...{ bootId, prev: this.current, profileBefore: this.profile, target: open.storePath },
      deadlineMs: sinceBootMs + SWITCH_LIMIT_MS + lease,
    };
    this.#world.activated(`${open.rollout}/${this.name}/${open.attempt}`);
    this.#move("activating");
    this.#watchDeadline();
    this.#takeTime(this.#world.chance.between(3_000, 60_000), () => this.#switched(lease));
  }

  #switched(leaseMs: number): void {
    const { open } = this.disk.journal;
    const { trial } = this.disk;
    if (!open || !trial) return;
    if (this.current !== trial.prev) return; // a person was faster
    const fate = this.#world.closures.of(open.storePath);
    if (fate.activation === "fails") {
      this.#move("reverting", "activation-failed");
      return;
    }
    this.current = open.storePath;
    this.disk.trial = { ...trial, deadlineMs: this.facts.sinceBootMs + leaseMs };
    this.#watchDeadline();
    this.#world.systemChanged(this, "switched");
    this.#renewAgent();
    this.#move("in-trial");
  }

  #watchDeadline(): void {
    const { trial } = this.disk;
    if (!trial) return;
    const leftMs = trial.deadlineMs - this.facts.sinceBootMs;
    this.#after(Math.max(0, leftMs) + DEADMAN_TICK_MS, () => this.#work());
  }

  #makeDefault(): void {
    const { open } = this.disk.journal;
    if (!open) return;
    this.profile = open.storePath;
    this.#takeTime(this.#world.chance.between(1_000, 8_000), () => {
      if (this.profile !== open.storePath) {
        this.#end("taken-over", "person-acted");
        return;
      }
      if (this.#world.closures.of(open.storePath).boot === "fails") {
        this.profile = this.disk.trial?.profileBefore ?? this.bootDefault;
        this.#move("reverting", "bootloader");
        return;
      }
      this.bootDefault = open.storePath;
      this.disk.keep(open, this.now);
      this.#world.tell(this.name, `keeps ${short(open.storePath)}`);
      this.report();
    });
  }

  #switchedBack(): void {
    const { open } = this.disk.journal;
    const { trial } = this.disk;
    if (!open || !trial || (this.current !== trial.prev && this.current !== trial.target)) return;
    if (this.#world.closures.of(open.storePath).wayBack === "fails") {
      this.#end("inconsistent", "revert-failed");
      return;
    }
    const changed = this.current !== trial.prev;
    this.current = trial.prev;
    if (changed) {
      this.#world.systemChanged(this, "switched");
      this.#renewAgent();
    }
    this.#end("rolled-back", this.#reasonToUndo ?? "agent-restarted");
  }
}

export const short = (path: StorePath): string => path.slice("/nix/store/".length, 19);

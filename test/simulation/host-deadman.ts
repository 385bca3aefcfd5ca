import { decideDeadman } from "../../agent/decide/decide-deadman.ts";
import type { Trial } from "../../src/contract/index.ts";
import type { HostMachine } from "./host-machine.ts";
import type { HostUnits } from "./host-units.ts";

const TICK_MS = 15_000;
/** As long as a holder of the lock may keep it from the deadman. */
const LOCK_MS = 30_000;

interface Around {
  readonly host: HostMachine;
  readonly units: HostUnits;
  /** The lock's holder, if there is one, is killed. */
  readonly seize: () => void;
  readonly isLockFree: () => boolean;
  /** It has let go of the lock. */
  readonly done: () => void;
  readonly reboot: () => void;
}

/** The deadman's timer around the agent's own `decideDeadman`: a function of `trial.v1` and reality. */
export class HostDeadman {
  readonly #around: Around;
  isActing: boolean = false;
  #waitedMs = 0;

  constructor(around: Around) {
    this.#around = around;
  }

  arm(): void {
    const { host } = this.#around;
    host.endLife("deadman");
    host.isDeadmanArmed = true;
    this.#waitedMs = 0;
    this.#tickLater();
  }

  disarm(): void {
    const { host } = this.#around;
    host.endLife("deadman");
    host.isDeadmanArmed = false;
    this.isActing = false;
  }

  /** With the power: nothing of it is left in the next boot. */
  drop(): void {
    this.isActing = false;
  }

  #tickLater(): void {
    this.#around.host.after(TICK_MS, () => this.tick(), "deadman");
  }

  tick(): void {
    const { host, isLockFree, seize } = this.#around;
    if (!host.isDeadmanArmed || this.isActing) return;
    const verdict = this.#decide();
    if (verdict.do === "stop") {
      this.disarm();
      return;
    }
    if (verdict.do !== "wait" && !isLockFree()) {
      this.#waitedMs += TICK_MS;
      if (this.#waitedMs >= LOCK_MS) seize();
    }
    if (verdict.do === "wait" || !isLockFree()) this.#tickLater();
    else this.#act();
  }

  #decide(): ReturnType<typeof decideDeadman> {
    const { bootId, bootMs, current, booted, profile, disk } = this.#around.host;
    return decideDeadman(disk.trial, { bootId, bootMs, current, booted, profile });
  }

  #act(): void {
    const { host, done } = this.#around;
    const { trial } = host.disk;
    const verdict = this.#decide();
    if (!trial) return;
    host.tell(`deadman: ${verdict.do}`);
    if (verdict.do === "leave-to-person") {
      host.disk.trial = { ...trial, phase: "taken-over" };
      this.disarm();
      done();
    } else if (verdict.do === "return") {
      this.isActing = true;
      if (verdict.by === "switch") this.#switchBack(trial);
      else this.#reboot(trial);
    }
  }

  #switchBack(trial: Trial): void {
    const { host, units, done } = this.#around;
    host.disk.trial = { ...trial, phase: "reverting" };
    const key = `${trial.attempt.replace("/", ".")}.deadman.1`;
    units.start({ key, system: trial.prev, verb: "test" });
    units.ended(key, () => {
      const state = units.stateOf(key);
      const isDone = state.state === "ended" && "status" in state.end && state.end.status === 0;
      if (isDone && host.current === trial.prev) {
        host.disk.trial = { ...trial, phase: "reverted" };
        this.disarm();
        done();
      } else if (trial.rebootToRecover) this.#reboot(trial);
      else {
        this.isActing = false;
        this.#tickLater();
        done();
      }
    });
  }

  #reboot(trial: Trial): void {
    const { bootId, disk } = this.#around.host;
    disk.trial = { ...trial, bootId, phase: "recovering" };
    this.isActing = false;
    this.#around.reboot();
  }
}

import { hostReportOf } from "../../agent/activator/host-report.ts";
import type { Action, Limits } from "../../agent/decide/action.ts";
import type { Facts } from "../../agent/decide/facts.ts";
import { nextAction } from "../../agent/decide/next-action.ts";
import { afterPull } from "../../agent/decide/next-stage.ts";
import { afterProbes } from "../../agent/decide/next-trial.ts";
import type { Journal, OpenAttempt, Reported, StorePath } from "../../src/contract/index.ts";
import { lasting, MINUTE_MS } from "../support/contract-builders.ts";
import { changeHost, pullOf } from "./host-change.ts";
import type { HostDeadman } from "./host-deadman.ts";
import { factsOf, runKey } from "./host-facts.ts";
import type { HostMachine } from "./host-machine.ts";
import { takeOrder } from "./host-mail.ts";
import type { HostUnits } from "./host-units.ts";

const SWITCH_LIMIT_MS = 10 * MINUTE_MS;
const PROBE_LIMIT_MS = MINUTE_MS;
/** Between two actions; a crash may fall there. */
const STEP_MS = 5;

interface Around {
  readonly units: HostUnits;
  readonly deadman: HostDeadman;
  /** What the agent reads has changed. */
  readonly reported: () => void;
  readonly reboot: () => void;
}

/**
 * The real activator's pure functions on a simulated machine: `judge`, `foldWish` and `nextAction` decide, and
 * what an action does to the machine, and how long it takes, is all that is modelled here.
 */
export class HostActivator {
  readonly #host: HostMachine;
  readonly #around: Around;
  /** The system to which this process belongs. */
  #self: StorePath;
  #isRunning: boolean = false;
  #life = 0;
  #refusal: Reported["refusal"] = null;
  #probes: NonNullable<Reported["probes"]> = [];
  /** Mail may overtake what is under way: a pull, or the probes. */
  #canBeOvertaken: boolean = false;
  #isUnlockAsked: boolean = false;
  #dieAfter: number | null = null;

  constructor(host: HostMachine, around: Around) {
    this.#host = host;
    this.#around = around;
    this.#self = host.current;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The process ends here. */
  drop(): void {
    this.#host.endLife("activator");
    this.#life += 1;
    this.#isRunning = false;
    this.#canBeOvertaken = false;
    this.#dieAfter = null;
  }

  /** systemd starts it again. */
  crash(): void {
    this.#host.tell("activator killed");
    this.drop();
    this.#host.disk.reread();
    this.#host.after(this.#host.world.chance.between(100, MINUTE_MS), () => this.work());
  }

  /** Dies that many actions later. */
  crashSoon(steps: number): void {
    this.#dieAfter = steps;
  }

  /** A person looked, and lets automation in again. */
  unlock(): void {
    this.#isUnlockAsked = true;
    this.mail();
  }

  /** There is something in the inbox. */
  mail(): void {
    if (!this.#isRunning) this.work();
    else if (this.#canBeOvertaken) this.#overtake();
  }

  /** Boot, a timer, the path unit of the inbox: whatever starts it, it does all there is to do. */
  work(): void {
    const { isOn, isAsleep, current } = this.#host;
    if (this.#isRunning || !isOn || isAsleep || this.#around.deadman.isActing) return;
    this.#isRunning = true;
    this.#self = current;
    this.#takeMail();
    this.#act();
  }

  get #journal(): Journal {
    return this.#host.disk.journal;
  }

  get #limits(): Limits {
    const { rebootToRecover, limits } = this.#host;
    const [switchLimitMs, probeLimitMs] = [lasting(SWITCH_LIMIT_MS), lasting(PROBE_LIMIT_MS)];
    return { ...limits, switchLimitMs, probeLimitMs, rebootToRecover };
  }

  #overtake(): void {
    const before = this.#journal.open;
    this.#takeMail();
    const { open } = this.#journal;
    const isSame = open?.rollout === before?.rollout && open?.attempt === before?.attempt;
    if (isSame && open?.goal !== "revert") return;
    this.#host.endLife("activator");
    this.#canBeOvertaken = false;
    this.#next();
  }

  #takeMail(): void {
    if (this.#isUnlockAsked) this.#host.keep({ ...this.#journal, locked: null });
    this.#isUnlockAsked = false;
    const said = takeOrder(this.#host);
    if (said === undefined) return;
    this.#refusal = said && {
      ...{ code: said.code, message: said.message.slice(0, 1000), counter: said.counter },
      at: this.#host.now,
    };
  }

  #next(): void {
    this.#host.after(STEP_MS, () => this.#act());
  }

  #act(): void {
    if (this.#dieAfter !== null && this.#dieAfter-- <= 0) {
      this.crash();
      return;
    }
    const facts = factsOf(this.#host, this.#around.units, this.#self);
    const action = nextAction(this.#journal, facts, this.#limits);
    this.#report(facts, action);
    this.#perform(action, facts);
  }

  #report(facts: Facts, action: Action): void {
    const host = this.#host;
    const { trust, disk, bootRisk, profile, booted } = host;
    const report = hostReportOf({
      ...{ parts: { trust, limits: this.#limits }, memory: disk, facts, bootRisk },
      extras: {
        ...{ refusal: this.#refusal, probes: this.#probes },
        waiting: action.do === "rest" ? action.waiting : null,
      },
      rebootReasons: profile === booted ? [] : host.rebootReasons(profile),
      freeBytes: 1_000_000_000,
    });
    const isNew = JSON.stringify(report) !== JSON.stringify(disk.report);
    disk.report = report;
    if (isNew) this.#around.reported();
  }

  #perform(action: Action, facts: Facts): void {
    switch (action.do) {
      case "rest":
        this.#rest(action.againInMs);
        return;
      case "ask": // no home of the simulation has configured a notice
        this.#next();
        return;
      case "hand-over":
        this.#isRunning = false;
        this.#host.after(STEP_MS, () => this.work());
        return;
      case "pull":
        this.#host.world.begins(this.#host, "pull");
        this.#takeTime([3_000, 240_000], () => this.#pulled(facts));
        return;
      case "probe":
        this.#takeTime([1_000, Math.min(20_000, action.limitMs)], () => this.#probed());
        return;
      case "start":
        this.#around.units.start({ ...action.order, key: this.#keyOf(action.order.run) });
        this.#await(action.order.run);
        return;
      case "await":
        this.#await(this.#journal.open?.run);
        return;
      case "reboot":
        if (action.once !== null) this.#host.bootOnce = action.once;
        this.#around.reboot();
        return;
      default:
        changeHost(this.#host, this.#around.deadman, action);
        this.#next();
    }
  }

  #keyOf(run: NonNullable<OpenAttempt["run"]>): string {
    return runKey(this.#journal.open as OpenAttempt, run);
  }

  #await(run: OpenAttempt["run"]): void {
    const life = this.#life;
    const then = (): void => {
      if (life === this.#life) this.#next();
    };
    if (run) this.#around.units.ended(this.#keyOf(run), then);
    else then();
  }

  /** Mail that came meanwhile, or else a timer starts it again. */
  #rest(againInMs: number | null): void {
    const before = this.#journal;
    this.#takeMail();
    if (before !== this.#journal) {
      this.#next();
      return;
    }
    this.#isRunning = false;
    if (againInMs !== null) this.#host.after(Math.max(againInMs, 1), () => this.work());
  }

  #takeTime([least, most]: readonly [number, number], then: () => void): void {
    const durationMs = this.#host.world.chance.between(Math.min(least, most - 1), most);
    this.#canBeOvertaken = true;
    this.#host.after(durationMs, () => {
      this.#canBeOvertaken = false;
      then();
      this.#next();
    });
  }

  #pulled(facts: Facts): void {
    const { open } = this.#journal;
    if (!open) return;
    const { now, bootMs } = this.#host;
    const result = pullOf(this.#host, open);
    this.#host.keep(afterPull(this.#journal, result, { ...facts, now, bootMs }));
  }

  #probed(): void {
    const { world, current } = this.#host;
    const isPassed = world.closures.of(current).probe === "works";
    this.#probes = [{ name: "door", state: isPassed ? "passed" : "failed", message: "" }];
    this.#host.keep(afterProbes(this.#journal, { isPassed, probes: this.#probes }));
  }
}

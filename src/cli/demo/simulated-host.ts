import {
  type EpochMs,
  type HostTrust,
  type Journal,
  judgeOrder,
  newRatchet,
  type Order,
  type Outcome,
  type Progress,
  type Ratchet,
  type Reported,
  ratchetAfterCommit,
  type Statement,
  type StorePath,
  WIRE_SPOKEN,
} from "../../contract/index.ts";

/** What a simulated host says of itself; session, sequence and time are its mouth's business. */
export type SimulatedReport = Omit<Reported, "session" | "seq" | "at" | "agent" | "bootId">;

/** How a simulated host reaches the world. */
export interface HostPorts {
  now(): EpochMs;
  /** @returns takes it back */
  after(delayMs: number, what: () => void): () => void;
  report(report: SimulatedReport): void;
  progress(progress: Progress): void;
  /** As a real agent does after each activation: the commit has to come over a new session. */
  renewSession(): void;
}

interface Attempt {
  readonly order: Order;
  readonly statement: Statement;
}

const STEP_MS = 200;
const PULL_STEPS = 6;
const PRETENDED_BYTES = 300_000;
const SIMULATED = "SIMULATED: nothing was pulled or activated";

/**
 * A stand-in that judges orders with the very rules of a real host, and then only says what a host would say:
 * nothing is pulled, nothing is activated. For a machine without Nix, and never without being asked for.
 */
export class SimulatedHost {
  readonly #trust: HostTrust;
  readonly #ports: HostPorts;
  readonly #generations: StorePath[];
  #ratchet: Ratchet;
  #journal: Journal = { v: 1, open: null, closed: [], committed: [], quarantined: [] };
  #current: StorePath;
  #attempt: Attempt | null = null;
  #outcome: Outcome | null = null;
  #refusal: Reported["refusal"] = null;
  #cancel: () => void = () => undefined;
  #endLease: () => void = () => undefined;

  constructor(trust: HostTrust, installed: StorePath, ports: HostPorts) {
    this.#trust = trust;
    this.#ports = ports;
    this.#ratchet = newRatchet(trust.epoch);
    this.#current = installed;
    this.#generations = [installed];
  }

  get current(): StorePath {
    return this.#current;
  }

  get generations(): number {
    return this.#generations.length;
  }

  /** The bytes of `desired`, as they came. */
  receive(bytes: Uint8Array): void {
    const clock = { now: this.#ports.now(), synchronised: true };
    const input = { trust: this.#trust, ratchet: this.#ratchet, journal: this.#journal, clock };
    const judgement = judgeOrder(input, bytes);
    if (judgement.kind === "refused" || judgement.kind === "held") {
      const { code, message, counter } = judgement;
      this.#refusal = { code, message, counter, at: clock.now };
      this.say();
      return;
    }
    if (judgement.kind !== "repeated") this.#ratchet = judgement.ratchet;
    this.#refusal = null;
    if (judgement.kind === "accepted") this.#follow(judgement, judgement.noOp);
    else this.say();
  }

  /** Says once more where it stands. */
  say(): void {
    const { order, statement } = this.#attempt ?? { order: null, statement: null };
    const committed = this.#journal.committed.at(-1);
    this.#ports.report({
      ...{
        v: 1,
        wire: WIRE_SPOKEN,
        host: this.#trust.host,
        clock: "synchronised",
        rebootRequired: false,
      },
      ...{ current: this.#current, profile: this.#profile, booted: this.#generations[0] ?? null },
      phase: this.#journal.open?.phase ?? "idle",
      ...{ rollout: order?.rollout ?? null, attempt: order?.attempt ?? null },
      ...{ counter: this.#ratchet.counter, target: statement?.storePath ?? null },
      ...{ outcome: this.#outcome, refusal: this.#refusal, freeBytes: 0 },
      ...{ serial: committed?.serial ?? 0, floor: this.#ratchet.floor?.serial ?? 0 },
    });
  }

  /** Whatever was about to happen does not. */
  stop(): void {
    this.#cancel();
    this.#endLease();
  }

  get #profile(): StorePath {
    return this.#generations.at(-1) ?? this.#current;
  }

  #follow(attempt: Attempt, noOp: boolean): void {
    const { goal } = attempt.order;
    const isUnderWay = this.#isUnderWay(attempt.order);
    if (!isUnderWay && this.#journal.open) {
      this.#end({ code: "canceled", reason: "attempt-superseded" });
    }
    this.#attempt = attempt;
    if (isUnderWay) this.#goOn(goal);
    else if (noOp) this.#end({ code: "already-installed", reason: null });
    else if (goal === "boot") this.#end({ code: "rejected", reason: "boot-not-approved" });
    else this.#begin();
  }

  #begin(): void {
    this.#outcome = null;
    this.#enter("staging");
    this.#pull(0);
  }

  #isUnderWay({ rollout, attempt }: Order): boolean {
    const { open } = this.#journal;
    return open?.rollout === rollout && open.attempt === attempt;
  }

  #goOn(goal: Order["goal"]): void {
    const phase = this.#journal.open?.phase;
    if (goal === "trial" && phase === "staged") this.#activate();
    else if (goal === "commit" && phase === "in-trial") this.#commit();
    else if (goal === "revert" && phase !== "committing") this.#revert("revert-ordered");
    else this.say();
  }

  #pull(step: number): void {
    const { rollout, attempt, goal } = (this.#attempt as Attempt).order;
    const percent = Math.round((100 * step) / PULL_STEPS);
    this.#ports.progress({
      ...{ v: 1, rollout, attempt, phase: "staging", percent },
      ...{ bytesDone: Math.round((PRETENDED_BYTES * percent) / 100), bytesTotal: PRETENDED_BYTES },
      ...{ pathsDone: 0, pathsTotal: 1 },
    });
    if (step < PULL_STEPS) {
      this.#next(() => this.#pull(step + 1));
      return;
    }
    this.#enter("staged");
    if (goal === "trial") this.#activate();
  }

  #activate(): void {
    this.#enter("activating");
    this.#next(() => {
      const { statement, order } = this.#attempt as Attempt;
      this.#current = statement.storePath;
      this.#endLease = this.#ports.after(order.lease, () => this.#revert("lease-expired"));
      this.#ports.renewSession();
      this.#enter("in-trial");
    });
  }

  #commit(): void {
    this.#endLease();
    this.#enter("committing");
    this.#next(() => {
      const { order, statement } = this.#attempt as Attempt;
      const { storePath, narHash, serial } = statement;
      const digest = order.statement;
      this.#generations.push(storePath);
      this.#ratchet = ratchetAfterCommit(this.#ratchet, { statement, digest });
      const kept = { statement: digest, storePath, narHash, serial, at: this.#ports.now() };
      this.#journal = { ...this.#journal, committed: [...this.#journal.committed, kept] };
      this.#end({ code: "succeeded", reason: null });
    });
  }

  #revert(reason: string): void {
    this.#endLease();
    if (this.#current === this.#profile) {
      this.#end({ code: "canceled", reason });
      return;
    }
    this.#enter("reverting");
    this.#next(() => {
      this.#current = this.#profile;
      this.#end({ code: "rolled-back", reason });
    });
  }

  #enter(phase: Reported["phase"]): void {
    const { order, statement } = this.#attempt as Attempt;
    const { rollout, attempt } = order;
    const { storePath, narHash, serial } = statement;
    const what = { rollout, attempt, statement: order.statement, storePath, narHash, serial };
    this.#journal = { ...this.#journal, open: { ...what, phase, previous: this.#profile } };
    this.say();
  }

  #end(end: Omit<Outcome, "message">): void {
    const { rollout, attempt } = (this.#attempt as Attempt).order;
    this.#cancel();
    this.#outcome = { ...end, message: SIMULATED };
    const closed = [...this.#journal.closed, { rollout, attempt, outcome: this.#outcome }];
    this.#journal = { ...this.#journal, open: null, closed };
    this.say();
  }

  #next(what: () => void): void {
    this.#cancel();
    this.#cancel = this.#ports.after(STEP_MS, what);
  }
}

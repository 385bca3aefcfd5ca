import type { Judgement, Outcome, Reported } from "../../src/contract/index.ts";
import { type HostMachine, short } from "./host-machine.ts";
import { nextOf } from "./host-next.ts";

const SWITCH_LIMIT_MS = 10 * 60_000;
const DEADMAN_TICK_MS = 15_000;

/** What the activator asks of the agent beside it. */
interface AgentBeside {
  readonly report: () => void;
  readonly renew: () => void;
}

type Refusal = Pick<Extract<Judgement, { kind: "refused" }>, "code" | "message" | "counter">;

/** A host's activator and its deadman: does what `nextOf` says, one step of some length after the other. */
export class HostActivator {
  readonly #host: HostMachine;
  readonly #agent: AgentBeside;
  #isBusy: boolean = false;
  #reasonToUndo: string | null = null;

  constructor(host: HostMachine, agent: AgentBeside) {
    this.#host = host;
    this.#agent = agent;
  }

  /** Lets go of what is under way. */
  drop(): void {
    this.#host.endLife("activator");
    this.#isBusy = false;
  }

  /** Opens the attempt that an order asks for. @returns why it cannot be opened now */
  begin(judgement: Extract<Judgement, { kind: "accepted" | "repeated" }>): Refusal | null {
    const { order, statement } = judgement;
    const { rollout, attempt } = order;
    const { journal } = this.#host.disk;
    const isIt = (one: { rollout: string; attempt: number }): boolean =>
      one.rollout === rollout && one.attempt === attempt;
    if (journal.closed.some(isIt)) return null;
    if (journal.open && !isIt(journal.open)) {
      if (journal.open.phase !== "staging" && journal.open.phase !== "staged") {
        const { counter } = order;
        const message = `attempt ${journal.open.attempt} is ${journal.open.phase}`;
        return { code: "attempt-open", message, counter };
      }
      this.drop(); // a pull under way
      this.#host.disk.close(journal.open, "canceled", "superseded");
    }
    if (this.#host.disk.journal.open || order.goal === "commit" || order.goal === "revert")
      return null;
    const { storePath, narHash, serial } = statement;
    const about = { rollout, attempt, statement: order.statement, storePath, narHash, serial };
    const noOp = judgement.kind === "accepted" && judgement.noOp;
    const { current, profile } = this.#host;
    if (noOp || (current === storePath && profile === storePath)) {
      this.#host.disk.close(about, "already-installed", null);
    } else this.#host.disk.open({ ...about, phase: "staging", previous: current });
    return null;
  }

  work(): void {
    const { open } = this.#host.disk.journal;
    if (this.#isBusy || !open || !this.#host.isOn || this.#host.isAsleep) return;
    const order = this.#host.disk.accepted?.order;
    const isOurs = order?.rollout === open.rollout && order.attempt === open.attempt;
    const next = nextOf(open, isOurs ? order.goal : null, this.#host.facts, this.#host.disk.trial);
    switch (next.do) {
      case "rest":
        return;
      case "pull":
        this.#takeTime(this.#host.world.chance.between(3_000, 240_000), () => this.#pulled());
        return;
      case "switch":
        this.#switch();
        return;
      case "keep":
        this.#move("committing");
        this.work();
        return;
      case "make-default":
        this.#makeDefault();
        return;
      case "undo":
        this.#move("reverting", next.reason);
        this.work();
        return;
      case "switch-back":
        this.#takeTime(this.#host.world.chance.between(3_000, 30_000), () => this.#switchedBack());
        return;
      case "end":
        if (next.profileBack) {
          this.#host.profile = this.#host.current;
          this.#host.bootDefault = this.#host.current;
        }
        this.#end(next.code, next.reason);
        return;
    }
  }

  #move(phase: Reported["phase"], reason: string | null = null): void {
    const { open } = this.#host.disk.journal;
    if (!open) return;
    this.#host.disk.open({ ...open, phase });
    if (reason !== null) this.#reasonToUndo = reason;
    this.#host.tell(reason === null ? phase : `${phase}: ${reason}`);
    this.#agent.report();
  }

  #takeTime(durationMs: number, then: () => void): void {
    this.#isBusy = true;
    this.#host.after(durationMs, () => {
      this.#isBusy = false;
      then();
      this.work();
    });
  }

  #end(code: Outcome["code"], reason: string | null): void {
    const { open } = this.#host.disk.journal;
    if (!open) return;
    this.#host.tell(reason === null ? code : `${code}: ${reason}`);
    this.#host.disk.close(open, code, reason);
    this.#agent.report();
  }

  #pulled(): void {
    const { open } = this.#host.disk.journal;
    if (!open) return;
    if (this.#host.world.closures.pull(open.storePath)) this.#move("staged");
    else this.#end("failed", "nix-failed");
  }

  /** The deadman is armed for the switch's own limit plus the lease, before anything is touched. */
  #switch(): void {
    const { open, accepted } = {
      open: this.#host.disk.journal.open,
      accepted: this.#host.disk.accepted,
    };
    if (!open || !accepted) return;
    const fate = this.#host.world.closures.of(open.storePath);
    if (fate.activation === "needs-reboot") {
      this.#end("needs-reboot", "reboot-required");
      return;
    }
    const { lease } = accepted.order;
    const { bootId, sinceBootMs } = this.#host.facts;
    this.#host.disk.trial = {
      ...{
        bootId,
        prev: this.#host.current,
        profileBefore: this.#host.profile,
        target: open.storePath,
      },
      deadlineMs: sinceBootMs + SWITCH_LIMIT_MS + lease,
    };
    this.#host.world.activated(`${open.rollout}/${this.#host.name}/${open.attempt}`);
    this.#move("activating");
    this.watchDeadline();
    this.#takeTime(this.#host.world.chance.between(3_000, 60_000), () => this.#switched(lease));
  }

  #switched(leaseMs: number): void {
    const { open } = this.#host.disk.journal;
    const { trial } = this.#host.disk;
    if (!open || !trial) return;
    if (this.#host.current !== trial.prev) return; // a person was faster
    const fate = this.#host.world.closures.of(open.storePath);
    if (fate.activation === "fails") {
      this.#move("reverting", "activation-failed");
      return;
    }
    this.#host.current = open.storePath;
    this.#host.disk.trial = { ...trial, deadlineMs: this.#host.facts.sinceBootMs + leaseMs };
    this.watchDeadline();
    this.#host.world.systemChanged(this.#host, "switched");
    this.#agent.renew();
    this.#move("in-trial");
  }

  watchDeadline(): void {
    const { trial } = this.#host.disk;
    if (!trial) return;
    const leftMs = trial.deadlineMs - this.#host.facts.sinceBootMs;
    this.#host.after(Math.max(0, leftMs) + DEADMAN_TICK_MS, () => this.work());
  }

  #makeDefault(): void {
    const { open } = this.#host.disk.journal;
    if (!open) return;
    this.#host.profile = open.storePath;
    this.#takeTime(this.#host.world.chance.between(1_000, 8_000), () => {
      if (this.#host.profile !== open.storePath) {
        this.#end("taken-over", "person-acted");
        return;
      }
      if (this.#host.world.closures.of(open.storePath).boot === "fails") {
        this.#host.profile = this.#host.disk.trial?.profileBefore ?? this.#host.bootDefault;
        this.#move("reverting", "bootloader");
        return;
      }
      this.#host.bootDefault = open.storePath;
      this.#host.disk.keep(open, this.#host.now);
      this.#host.tell(`keeps ${short(open.storePath)}`);
      this.#agent.report();
    });
  }

  #switchedBack(): void {
    const { open } = this.#host.disk.journal;
    const { trial } = this.#host.disk;
    if (
      !open ||
      !trial ||
      (this.#host.current !== trial.prev && this.#host.current !== trial.target)
    )
      return;
    if (this.#host.world.closures.of(open.storePath).wayBack === "fails") {
      this.#end("inconsistent", "revert-failed");
      return;
    }
    const changed = this.#host.current !== trial.prev;
    this.#host.current = trial.prev;
    if (changed) {
      this.#host.world.systemChanged(this.#host, "switched");
      this.#agent.renew();
    }
    this.#end("rolled-back", this.#reasonToUndo ?? "agent-restarted");
  }
}

import { randomUUID } from "node:crypto";
import type { Bus, Message } from "../src/bus/index.ts";
import {
  type ClockReading,
  type DurationMs,
  type EpochMs,
  type ErrorCode,
  type HostTrust,
  type Judgement,
  judgeOrder,
  NixwaveError,
  parseDuration,
  parseSessionId,
  type Reported,
  type SessionId,
} from "../src/contract/index.ts";
import type { HostFacts } from "./host-facts.ts";
import { counterOf } from "./order-counter.ts";
import { type HostParts, reconcile, reportable, revert } from "./reconciler.ts";
import { type EndedAttempt, reportOf } from "./report.ts";
import { resume } from "./resume.ts";

export interface AgentParts extends Omit<HostParts, "changed"> {
  readonly trust: HostTrust;
  readonly clock: () => ClockReading;
  readonly session: SessionId;
  readonly agentVersion: string;
  readonly say: (line: string) => void;
}

/** Where there is no order to say how long a trial may run: after a restart in the middle of one. */
const DEFAULT_LEASE = parseDuration("10m");
const HEARTBEAT_IN_ATTEMPT_MS = 30_000;
const HEARTBEAT_AT_REST_MS = 600_000;

export const newSession = (): SessionId => parseSessionId(randomUUID());

/**
 * Drops each order into one queue, judges it, makes it true and reports. Thin: agent and activator are
 * one process here, and the lease is a timer of this process.
 */
export class Agent {
  readonly #parts: AgentParts;
  readonly #bus: Pick<Bus, "retain">;
  readonly #host: HostParts;
  #queue: Promise<void> = Promise.resolve();
  #seq = 0;
  #refusal: Reported["refusal"] = null;
  #asked: EndedAttempt | null = null;
  #hub: SessionId | null = null;
  #lease: NodeJS.Timeout | undefined;
  /** The trial whose lease runs. */
  #leased: string | null = null;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(parts: AgentParts, bus: Pick<Bus, "retain">) {
    this.#parts = parts;
    this.#bus = bus;
    this.#host = { ...parts, changed: () => this.#report() };
  }

  /** Ends what a restart interrupted, then reports. */
  async start(): Promise<void> {
    await this.#enqueue(async () => {
      await resume(this.#host);
      this.#watchLease(this.#parts.memory.accepted?.order.lease ?? DEFAULT_LEASE);
      await this.#report();
    });
  }

  /** An order, as it came from the broker. */
  desired(bytes: Uint8Array): Promise<void> {
    return this.#enqueue(() => this.#judge(bytes));
  }

  /** Each new session of the hub is answered with a live report (DESIGN 5). */
  hubStatus({ payload }: Pick<Message<"hubStatus">, "payload">): void {
    if (payload.state !== "online" || payload.session === this.#hub) return;
    this.#hub = payload.session;
    void this.#enqueue(() => this.#report());
  }

  /** Lets the running step end; a trial under way goes on after the next start. */
  async stop(): Promise<void> {
    clearTimeout(this.#lease);
    clearTimeout(this.#heartbeat);
    await this.#queue;
    clearTimeout(this.#lease);
    clearTimeout(this.#heartbeat);
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#parts.say(`failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
    return this.#queue;
  }

  async #judge(bytes: Uint8Array): Promise<void> {
    const { trust, memory, say } = this.#parts;
    const { ratchet, journal } = memory;
    const clock = this.#parts.clock();
    const judgement = judgeOrder({ trust, ratchet, journal, clock }, bytes);
    if (judgement.kind === "refused" || judgement.kind === "held") {
      const counter = judgement.counter ?? counterOf(bytes, trust);
      return this.#refuse(judgement.code, judgement.message, counter);
    }
    const { order, statement } = judgement;
    say(`${judgement.kind}: ${order.goal} of ${statement.storePath} (${order.rollout})`);
    if (judgement.kind !== "repeated") await memory.keepAccepted(bytes, judgement.ratchet);
    this.#refusal = null;
    const { rollout, attempt } = order;
    this.#asked = { rollout, attempt, target: statement.storePath };
    if (judgement.kind === "closed") return this.#report();
    await this.#act(judgement);
  }

  async #act(accepted: Extract<Judgement, { kind: "accepted" | "repeated" }>): Promise<void> {
    const { order, statement } = accepted;
    const noOp = accepted.kind === "accepted" && accepted.noOp;
    try {
      await reconcile(this.#host, { order, statement, noOp });
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      return this.#refuse(error.code, error.message, order.counter);
    }
    this.#watchLease(order.lease);
    if (accepted.kind === "repeated") await this.#report();
  }

  async #refuse(code: ErrorCode, message: string, counter: number | null): Promise<void> {
    this.#parts.say(`refused: ${code}: ${message}`);
    const at = this.#parts.now();
    this.#refusal = { code, message: reportable(message), counter, at };
    await this.#report();
  }

  /**
   * A trial that nobody confirms within the lease ends where it began. The time runs from the trial's
   * begin: a broker that delivers the order again must not keep the trial alive.
   */
  #watchLease(lease: DurationMs): void {
    const { open } = this.#parts.memory.journal;
    const trial = open?.phase === "in-trial" ? `${open.rollout} ${open.attempt}` : null;
    if (trial === this.#leased) return;
    this.#leased = trial;
    clearTimeout(this.#lease);
    if (!open || trial === null) return;
    const expire = async (): Promise<void> => {
      const now = this.#parts.memory.journal.open;
      const same = now?.rollout === open.rollout && now.attempt === open.attempt;
      if (now?.phase !== "in-trial" || !same) return;
      this.#parts.say("nobody confirmed the trial in time: going back");
      await revert(this.#host, now, "lease-expired", `not confirmed within ${lease} ms`);
    };
    this.#lease = setTimeout(() => void this.#enqueue(expire), lease);
  }

  async #report(): Promise<void> {
    const { trust, memory, session, agentVersion } = this.#parts;
    const facts: HostFacts = await this.#parts.facts();
    const at: EpochMs = this.#parts.now();
    this.#seq += 1;
    const report = reportOf({
      ...{ trust, memory, facts, session, agentVersion, at, seq: this.#seq },
      synchronised: this.#parts.clock().synchronised,
      refusal: this.#refusal,
      asked: this.#asked,
    });
    this.#beat(report.phase === "idle" ? HEARTBEAT_AT_REST_MS : HEARTBEAT_IN_ATTEMPT_MS);
    await this.#bus.retain({ kind: "reported", host: trust.host }, report);
  }

  #beat(afterMs: number): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => void this.#enqueue(() => this.#report()), afterMs);
  }
}

import {
  type ClockReading,
  type HostTrust,
  type Journal,
  type Judgement,
  journalCodec,
  judgeOrder,
  newRatchet,
  type Order,
  type Outcome,
  type Ratchet,
  ratchetAfterCommit,
  ratchetCodec,
  type Statement,
} from "../../src/contract/index.ts";
import {
  clockAt,
  counting,
  EMPTY_JOURNAL,
  MINUTE_MS,
  ordered,
  type SealedStatement,
  trustOf,
} from "../support/contract-builders.ts";

type Accepted = Extract<Judgement, { kind: "accepted" }>;

/**
 * A host on paper: it judges what arrives, keeps ratchet and journal as the activator would, and does
 * nothing else. Scenarios are told through it.
 */
export class PaperHost {
  trust: HostTrust;
  ratchet: Ratchet;
  journal: Journal = EMPTY_JOURNAL;
  clock: ClockReading = clockAt(0);

  constructor(trust: Partial<HostTrust> = {}) {
    this.trust = trustOf(trust);
    this.ratchet = newRatchet(this.trust.epoch);
  }

  judge(bytes: Uint8Array): Judgement {
    const { trust, ratchet, journal, clock } = this;
    return judgeOrder({ trust, ratchet, journal, clock }, bytes);
  }

  /** Judges and, where accepted, makes the order true at once: a trial runs, a commit is kept. */
  receive(bytes: Uint8Array): Judgement {
    const judgement = this.judge(bytes);
    if (judgement.kind === "accepted" || judgement.kind === "closed") {
      this.ratchet = judgement.ratchet;
    }
    if (judgement.kind === "accepted") this.#carryOut(judgement);
    return judgement;
  }

  /** What stands on disk is all that a restart leaves. */
  restart(): void {
    this.ratchet = ratchetCodec.parse(ratchetCodec.encode(this.ratchet));
    this.journal = journalCodec.parse(journalCodec.encode(this.journal));
  }

  /** The state folder is lost; the NixOS configuration is not. */
  loseState(): void {
    this.ratchet = newRatchet(this.trust.epoch);
    this.journal = EMPTY_JOURNAL;
  }

  #carryOut({ order, statement, noOp }: Accepted): void {
    if (noOp) this.#close(order, "already-installed");
    else if (order.goal === "commit") this.#commit(order, statement);
    else if (order.goal === "revert") this.#close(order, "canceled");
    else this.#open(order, statement);
  }

  #open(order: Order, statement: Statement): void {
    const { storePath, narHash, serial } = statement;
    const { rollout, attempt, statement: digest } = order;
    const phase = order.goal === "trial" ? "in-trial" : "staged";
    const previous = this.journal.committed.at(-1)?.storePath ?? null;
    const about = { rollout, attempt, statement: digest, storePath, narHash, serial };
    this.journal = { ...this.journal, open: { ...about, phase, previous } };
  }

  #commit(order: Order, statement: Statement): void {
    const { storePath, narHash, serial } = statement;
    const kept = { statement: order.statement, storePath, narHash, serial, at: this.clock.now };
    const abandoned = this.journal.committed.at(-1)?.storePath;
    const isRollBack = serial < (this.ratchet.floor?.serial ?? 0);
    const staying = this.journal.quarantined.filter((path) => path !== storePath);
    this.ratchet = ratchetAfterCommit(this.ratchet, { statement, digest: order.statement });
    this.journal = {
      ...this.journal,
      committed: [...this.journal.committed, kept],
      quarantined: isRollBack && abandoned ? [...staying, abandoned] : staying,
    };
    this.#close(order, "succeeded");
  }

  #close({ rollout, attempt }: Order, code: Outcome["code"]): void {
    const outcome: Outcome = { code, reason: null, message: "" };
    const closed = [...this.journal.closed, { rollout, attempt, outcome }];
    this.journal = { ...this.journal, open: null, closed };
  }
}

/** The hub of that host: fresh orders, each under a higher counter and good for 15 minutes. */
export class PaperHub {
  readonly host: PaperHost;
  #counter = 0;
  #attempt = 0;

  constructor(host: PaperHost) {
    this.host = host;
  }

  order(statement: SealedStatement, differences: Partial<Order> = {}): Uint8Array {
    const { now } = this.host.clock;
    this.#counter = Math.max(this.#counter + 1, now);
    const notAfter = (now + 15 * MINUTE_MS) as typeof now;
    const counter = counting(this.#counter);
    return ordered(statement, { counter, issued: now, notAfter, ...differences });
  }

  /** A trial under an attempt of its own. */
  trial(statement: SealedStatement, differences: Partial<Order> = {}): Judgement {
    this.#attempt += 1;
    return this.host.receive(this.order(statement, { attempt: this.#attempt, ...differences }));
  }

  commit(statement: SealedStatement, differences: Partial<Order> = {}): Judgement {
    const goal = "commit";
    return this.host.receive(
      this.order(statement, { attempt: this.#attempt, goal, ...differences }),
    );
  }

  revert(statement: SealedStatement, differences: Partial<Order> = {}): Judgement {
    const goal = "revert";
    return this.host.receive(
      this.order(statement, { attempt: this.#attempt, goal, ...differences }),
    );
  }

  /** Trial and commit; both must be accepted. */
  install(statement: SealedStatement, differences: Partial<Order> = {}): void {
    for (const judgement of [
      this.trial(statement, differences),
      this.commit(statement, differences),
    ]) {
      if (judgement.kind !== "accepted") throw new Error(JSON.stringify(judgement));
    }
  }
}

/** A host with its hub. */
export function home(trust: Partial<HostTrust> = {}): { host: PaperHost; hub: PaperHub } {
  const host = new PaperHost(trust);
  return { host, hub: new PaperHub(host) };
}

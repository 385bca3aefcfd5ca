import {
  DESIRED_TYPE,
  type EpochMs,
  type Journal,
  journalCodec,
  newRatchet,
  type Order,
  type Outcome,
  openUnverified,
  parseOrder,
  parsePayload,
  parseStatement,
  type Ratchet,
  ratchetAfterCommit,
  ratchetCodec,
  STATEMENT_TYPE,
  type Statement,
} from "../../src/contract/index.ts";
import { EMPTY_JOURNAL } from "../support/contract-builders.ts";
import type { OpenAttempt, Trial } from "./host-next.ts";

const KEPT = 256;

/** What a host finds again after any crash. Each change is one step: a crash falls between two of them. */
export class HostDisk {
  ratchet: Ratchet = newRatchet(1);
  journal: Journal = EMPTY_JOURNAL;
  trial: Trial | null = null;
  accepted: { readonly order: Order; readonly statement: Statement } | null = null;

  accept(bytes: Uint8Array, ratchet: Ratchet): void {
    const { order, statement } = parsePayload("desired", bytes);
    this.accepted = {
      order: parseOrder(openUnverified(order, DESIRED_TYPE)),
      statement: parseStatement(openUnverified(statement, STATEMENT_TYPE)),
    };
    this.ratchet = ratchet;
  }

  open(open: OpenAttempt): void {
    this.journal = { ...this.journal, open };
  }

  close(
    { rollout, attempt }: Pick<OpenAttempt, "rollout" | "attempt">,
    code: Outcome["code"],
    reason: string | null,
  ): void {
    const outcome: Outcome = { code, reason, message: "" };
    const closed = [...this.journal.closed, { rollout, attempt, outcome }].slice(-KEPT);
    this.journal = { ...this.journal, open: null, closed };
    this.trial = null;
  }

  /** Repeated after a crash, it keeps once only. */
  keep(open: OpenAttempt, at: EpochMs): void {
    const { statement, storePath, narHash, serial } = open;
    const committed = { statement: this.accepted?.statement as Statement, digest: statement };
    if (this.accepted?.order.statement === statement) {
      this.ratchet = ratchetAfterCommit(this.ratchet, committed);
    }
    const all = [...this.journal.committed, { statement, storePath, narHash, serial, at }];
    this.journal = { ...this.journal, committed: all.slice(-KEPT) };
    this.close(open, "succeeded", null);
  }

  /** As it would be read after a restart. */
  reread(): void {
    this.ratchet = ratchetCodec.parse(ratchetCodec.encode(this.ratchet));
    this.journal = journalCodec.parse(journalCodec.encode(this.journal));
  }
}

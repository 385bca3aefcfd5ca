import { NEW_JOURNAL } from "../../agent/decide/journal-change.ts";
import {
  type HostReport,
  type InboxSession,
  type Journal,
  journalCodec,
  newRatchet,
  type Ratchet,
  ratchetCodec,
  type Trial,
  trialCodec,
} from "../../src/contract/index.ts";

/** What a host finds again after any crash. Each change is one step: a crash falls between two of them. */
export class HostDisk {
  ratchet: Ratchet = newRatchet(1);
  journal: Journal = NEW_JOURNAL;
  trial: Trial | null = null;
  /** The bytes of the order accepted last. */
  accepted: Uint8Array | null = null;
  /** The activator's last word, which the agent reads. */
  report: HostReport | null = null;
  /** In memory: gone with the power. */
  inbox: Inbox = EMPTY_INBOX;

  /** As it would be read after a restart. */
  reread(): void {
    this.ratchet = ratchetCodec.parse(ratchetCodec.encode(this.ratchet));
    this.journal = journalCodec.parse(journalCodec.encode(this.journal));
    if (this.trial) this.trial = trialCodec.parse(trialCodec.encode(this.trial));
  }
}

/** What the agent hands to the activator, unread. */
interface Inbox {
  readonly desired: Uint8Array | null;
  readonly session: InboxSession | null;
}
export const EMPTY_INBOX: Inbox = { desired: null, session: null };

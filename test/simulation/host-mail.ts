import { judge, type Refused } from "../../agent/activator/judge.ts";
import { foldWish } from "../../agent/decide/fold-wish.ts";
import type { HostMachine } from "./host-machine.ts";

/**
 * Takes the order that waits in the inbox into the journal, by the agent's own functions.
 * @returns undefined without an order, null when it was taken, else why it was refused
 */
export function takeOrder(host: HostMachine): Refused | null | undefined {
  const { disk, now, isSynchronised, trust } = host;
  const bytes = disk.inbox.desired;
  if (!bytes) return undefined;
  disk.inbox = { ...disk.inbox, desired: null };
  const clock = { now, synchronised: isSynchronised };
  const { ratchet, journal } = disk;
  const judged = judge({ trust, ratchet, journal, clock }, bytes);
  if (judged.kind === "refused") return judged.refusal;
  if (judged.ratchet) {
    disk.accepted = bytes;
    disk.ratchet = judged.ratchet;
  }
  const folded = foldWish(disk.journal, judged.wish, host);
  if (folded.kind === "refused") return { ...folded, counter: disk.ratchet.counter };
  host.keep(folded.journal);
  return null;
}

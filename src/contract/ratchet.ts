import type { Order } from "./desired.ts";
import type { Digest } from "./names.ts";
import type { Statement } from "./statement.ts";
import type { HostTrust, Ratchet } from "./trust.ts";

/** The ratchet of a host that has accepted nothing yet. */
export const newRatchet = (epoch: number): Ratchet => ({
  v: 1,
  epoch,
  highest: null,
  floor: null,
  minSerial: 0,
  counter: 0,
  order: null,
});

/** A raised trust epoch forgets everything: the way back after a stolen key signed a serial far in the future. */
export const ratchetInForce = (stored: Ratchet, trust: HostTrust): Ratchet =>
  trust.epoch > stored.epoch ? newRatchet(trust.epoch) : stored;

/** The lowest serial the host still accepts. */
export const floorOf = (ratchet: Ratchet, trust: HostTrust): number =>
  Math.max(ratchet.floor?.serial ?? 0, trust.serialFloor);

/** After an order was accepted: the counter rises, the floor does not. */
export function ratchetAfterOrder(
  ratchet: Ratchet,
  accepted: { order: Order; orderDigest: Digest; statement: Statement },
): Ratchet {
  const { order, orderDigest, statement } = accepted;
  const rises = statement.serial > (ratchet.highest?.serial ?? 0);
  return {
    ...ratchet,
    counter: order.counter,
    order: orderDigest,
    highest: rises ? { serial: statement.serial, digest: order.statement } : ratchet.highest,
  };
}

/** After a commit: the only thing that raises the floor (DESIGN 6). */
export function ratchetAfterCommit(
  ratchet: Ratchet,
  committed: { statement: Statement; digest: Digest },
): Ratchet {
  const { statement, digest } = committed;
  const rises = statement.serial > (ratchet.floor?.serial ?? 0);
  return {
    ...ratchet,
    floor: rises ? { serial: statement.serial, digest } : ratchet.floor,
    minSerial: Math.max(ratchet.minSerial, statement.minSerial ?? 0),
  };
}

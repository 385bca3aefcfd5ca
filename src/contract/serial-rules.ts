import type { Order } from "./desired.ts";
import type { ErrorCode } from "./error-table.ts";
import type { Digest } from "./names.ts";
import { ContractError } from "./nixwave-error.ts";
import { floorOf } from "./ratchet.ts";
import type { Statement } from "./statement.ts";
import type { ClockReading, HostTrust, Journal, Ratchet } from "./trust.ts";

/** A serial further ahead than this is a wrong clock or a stolen key. */
const SERIAL_AHEAD_MS = 24 * 3_600_000;
export interface Acceptance {
  readonly trust: HostTrust;
  readonly ratchet: Ratchet;
  readonly journal: Journal;
  readonly clock: ClockReading;
}

export interface AcceptedOrder {
  readonly order: Order;
  readonly statement: Statement;
  /** Digest of the order's exact payload. */
  readonly orderDigest: Digest;
}

/** What the serial and clock rules read of an order; root's own wish has nothing else. */
export interface Judged {
  readonly order: Pick<Order, "statement" | "counter"> & {
    readonly rollback?: boolean;
    readonly retry?: boolean;
  };
  readonly statement: Statement;
}

/** Not now: the same bytes may be accepted later. */
export class Held extends ContractError {
  readonly counter: number;

  constructor(code: ErrorCode, message: string, { counter }: Pick<Order, "counter">) {
    super(code, message);
    this.counter = counter;
  }
}

/**
 * The rules of serials and of the clock (DESIGN 6), for a closure that is not already the committed one.
 * @throws ContractError, of which Held means later
 */
export function refuseBySerialAndClock(input: Acceptance, accepted: Judged): void {
  if (accepted.order.rollback) refuseForeignRollback(input, accepted);
  else refuseOldSerial(input, accepted);
  if (input.journal.quarantined.includes(accepted.statement.storePath) && !accepted.order.retry) {
    throw new ContractError("quarantined", `${accepted.statement.storePath} was abandoned here`);
  }
  refuseByClock(input, accepted);
}

function refuseOldSerial({ ratchet, trust }: Acceptance, { order, statement }: Judged): void {
  const floor = floorOf(ratchet, trust);
  if (statement.serial < floor) {
    throw new ContractError("serial-below-floor", `serial ${statement.serial} is below ${floor}`);
  }
  for (const seen of [ratchet.floor, ratchet.highest]) {
    if (seen?.serial === statement.serial && seen.digest !== order.statement) {
      throw new ContractError(
        "serial-equivocation",
        `serial ${statement.serial} came with other content before`,
      );
    }
  }
}

/** DESIGN 6, "Roll back": only to what this host committed itself, within the window, not below minSerial. */
function refuseForeignRollback(
  { journal, ratchet, trust, clock }: Acceptance,
  accepted: Judged,
): void {
  const { order, statement } = accepted;
  const past = journal.committed.find((one) => one.statement === order.statement);
  const oldest = clock.now - trust.rollbackWindow;
  if (!past || trust.rollbackWindow === 0 || (clock.synchronised && past.at < oldest)) {
    throw new ContractError(
      "not-committed-here",
      `${statement.storePath} was not committed here within the rollback window`,
    );
  }
  if (statement.serial < Math.max(ratchet.minSerial, trust.serialFloor)) {
    throw new ContractError(
      "serial-below-floor",
      `serial ${statement.serial} is below the committed minSerial`,
    );
  }
}

/** Expiry uses max(clock, highest committed serial): a serial is a signed lower bound of real time. */
function refuseByClock({ ratchet, trust, clock }: Acceptance, { order, statement }: Judged): void {
  const earliest = Math.max(clock.synchronised ? clock.now : 0, floorOf(ratchet, trust));
  if (!order.rollback && statement.expires <= earliest) {
    throw new ContractError(
      "statement-expired",
      `the statement expired ${earliest - statement.expires} ms ago`,
    );
  }
  if (!clock.synchronised) {
    throw new Held(
      "clock-unsynchronised",
      "the clock is not synchronised; nothing new starts until it is",
      order,
    );
  }
  if (statement.serial > clock.now + SERIAL_AHEAD_MS) {
    throw new ContractError(
      "serial-in-future",
      `serial ${statement.serial} is more than a day ahead of the clock`,
    );
  }
}

import type { Desired, Order } from "./desired.ts";
import { digestOf, openUnverified } from "./dsse.ts";
import type { ErrorCode } from "./error-table.ts";
import type { Counter } from "./instants.ts";
import { parseStatement } from "./json-payloads.ts";
import type { Digest } from "./names.ts";
import { ContractError } from "./nixwave-error.ts";
import { ratchetAfterOrder, ratchetInForce } from "./ratchet.ts";
import {
  requireSame,
  sameClosure,
  type VerifiedStatement,
  verifyStatement,
} from "./release-check.ts";
import type { Outcome } from "./reported.ts";
import {
  type Acceptance,
  type AcceptedOrder,
  Held,
  refuseBySerialAndClock,
} from "./serial-rules.ts";
import { STATEMENT_TYPE, type Statement } from "./statement.ts";
import type { ClockReading, HostTrust, Journal, Ratchet } from "./trust.ts";
import { parsePayload } from "./wire.ts";
import { formOf, openOrder, verifyOrder } from "./wire-versions.ts";

/** An attempt is one try of one statement. */
const BEGUN = "the one that this attempt began with";

export type Judgement =
  /** New and to be acted on; `ratchet` must be durable first. `noOp`: the path is the one already committed. */
  | ({
      readonly kind: "accepted";
      readonly ratchet: Ratchet;
      readonly noOp: boolean;
    } & AcceptedOrder)
  /** The very bytes accepted before: nothing is refused, reality is compared again. The attempt may have ended since. */
  | ({ readonly kind: "repeated" } & AcceptedOrder)
  /** The attempt has ended; its outcome is reported again. `ratchet` must be durable first. */
  | ({
      readonly kind: "closed";
      readonly outcome: Outcome;
      readonly ratchet: Ratchet;
    } & AcceptedOrder)
  /** Not now, and the host says why; the same bytes may be accepted later. */
  | {
      readonly kind: "held";
      readonly code: ErrorCode;
      readonly message: string;
      readonly counter: number;
    }
  /** Never; `counter` is null where the bytes could not be trusted so far. */
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly message: string;
      readonly counter: number | null;
    };

/**
 * Judges the bytes of `desired` in the order of DESIGN 6: sizes, signatures, fleet / host / channel /
 * system / path syntax, hub order, counter, notAfter, serial rules, clock rules. Making the returned
 * ratchet durable and acting come after. Pure and total: every refusal is a value with a code.
 */
export function judgeOrder(input: Acceptance, bytes: Uint8Array): Judgement {
  let counter: number | null = null;
  try {
    const message = parsePayload("desired", bytes);
    const ratchet = ratchetInForce(input.ratchet, input.trust);
    const known = acceptedBefore(message, ratchet);
    if (known) return { kind: "repeated", ...known };
    const accepted = authenticate(message, input.trust);
    counter = accepted.order.counter;
    return judgeAuthentic({ ...input, ratchet }, accepted);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const { code, message } = error;
    if (error instanceof Held) return { kind: "held", code, message, counter: error.counter };
    return { kind: "refused", code, message, counter };
  }
}

/** A statement that root on this host wants tried, with neither hub nor broker (DESIGN 6, break-glass). */
export type Applied =
  | {
      readonly kind: "accepted";
      readonly statement: Statement;
      readonly digest: Digest;
      readonly ratchet: Ratchet;
      readonly noOp: boolean;
    }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string };

/**
 * Judges a release file by the rules of an order but the hub's: signatures, fleet, host, channel, system,
 * serial and clock rules. Root's word replaces the hub's order, nothing replaces CI's signature.
 * @param isRetry take a path although it was abandoned here
 */
export function judgeApply(input: Acceptance, bytes: Uint8Array, isRetry: boolean): Applied {
  try {
    const ratchet = ratchetInForce(input.ratchet, input.trust);
    const { statement, digest } = statementForHost(bytes, input.trust);
    const standing = input.journal.committed.at(-1);
    const noOp = standing !== undefined && sameClosure(standing, statement);
    const order = { statement: digest, retry: isRetry, counter: ratchet.counter as Counter };
    if (!noOp) refuseBySerialAndClock({ ...input, ratchet }, { order, statement });
    const rises = statement.serial > (ratchet.highest?.serial ?? 0);
    const highest = rises ? { serial: statement.serial, digest } : ratchet.highest;
    return { kind: "accepted", statement, digest, noOp, ratchet: { ...ratchet, highest } };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { kind: "refused", code: error.code, message: error.message };
  }
}

/**
 * The one statement of a release that names this host, signed as it must be; the others are nobody's business here.
 * @throws ContractError why there is none
 */
export function statementForHost(bytes: Uint8Array, trust: HostTrust): VerifiedStatement {
  const { statements } = parsePayload("release", bytes);
  let refused: ContractError | null = null;
  for (const envelope of statements) {
    try {
      const verified = verifyStatement(envelope, trust.releaseKeys);
      if (verified.statement.host !== trust.host) continue;
      requireOwn(verified.statement, trust);
      return verified;
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      refused = error;
    }
  }
  throw refused ?? new ContractError("host-not-in-release", `no statement for ${trust.host}`);
}

function requireOwn(statement: Statement, trust: HostTrust): void {
  requireSame("wrong-fleet", "the statement's fleet", statement.fleet, trust.fleet);
  requireSame("wrong-host", "the statement's host", statement.host, trust.host);
  requireSame("wrong-channel", "the statement's channel", statement.channel, trust.channel);
  requireSame("wrong-system", "the statement's system", statement.system, trust.system);
}

/**
 * The order that carried the ratchet's counter, recognised by the digest the host itself stored: it
 * stays accepted even if the keys have changed since (the host may just have updated them).
 */
function acceptedBefore(message: Desired, ratchet: Ratchet): AcceptedOrder | undefined {
  const orderBytes = openOrder(message.order);
  const statementBytes = openUnverified(message.statement, STATEMENT_TYPE);
  const orderDigest = digestOf(orderBytes);
  if (orderDigest !== ratchet.order) return undefined;
  const order = formOf(message.order).parse(orderBytes);
  requireStatement(order, digestOf(statementBytes));
  return { order, orderDigest, statement: parseStatement(statementBytes) };
}

function authenticate(message: Desired, trust: HostTrust): AcceptedOrder {
  const sealed = verifyOrder(message.order, trust.hubKeys);
  const { statement, digest } = verifyStatement(message.statement, trust.releaseKeys);
  requireOwn(statement, trust);
  const order = formOf(message.order).parse(sealed.bytes);
  requireSame("wrong-fleet", "the order's fleet", order.fleet, trust.fleet);
  requireSame("wrong-host", "the order's host", order.host, trust.host);
  requireStatement(order, digest);
  return { order, orderDigest: sealed.digest, statement };
}

function requireStatement(order: Order, digest: Digest, what = "the one beside it"): void {
  if (order.statement !== digest) {
    throw new ContractError("statement-mismatch", `the order names another statement than ${what}`);
  }
}

function judgeAuthentic(input: Acceptance, accepted: AcceptedOrder): Judgement {
  const { order, statement } = accepted;
  refuseOldCounter(order, input.ratchet);
  const ratchet = ratchetAfterOrder(input.ratchet, accepted);
  const end = input.journal.closed.find((one) => isSameAttempt(one, order));
  if (end) return { kind: "closed", outcome: end.outcome, ratchet, ...accepted };
  refuseStale(order, input.clock);
  if (order.goal === "commit" || order.goal === "revert") {
    requireOpenAttempt(order, input.journal);
    return { kind: "accepted", ratchet, noOp: false, ...accepted };
  }
  const { open } = input.journal;
  if (open && isSameAttempt(open, order)) requireStatement(order, open.statement, BEGUN);
  const standing = input.journal.committed.at(-1);
  const noOp = standing !== undefined && sameClosure(standing, statement);
  if (!noOp) refuseBySerialAndClock(input, accepted);
  return { kind: "accepted", ratchet, noOp, ...accepted };
}

function refuseOldCounter(order: Order, ratchet: Ratchet): void {
  if (order.counter < ratchet.counter) {
    throw new ContractError(
      "order-replayed",
      `counter ${order.counter} is below ${ratchet.counter}`,
    );
  }
  if (order.counter === ratchet.counter) {
    throw new ContractError(
      "order-equivocation",
      `counter ${order.counter} came with other bytes before`,
    );
  }
}

/** Where the clock is not to be trusted the counter alone stops replays; new closures hold anyway. */
function refuseStale(order: Order, clock: ClockReading): void {
  if (clock.synchronised && clock.now > order.notAfter) {
    const lateMs = clock.now - order.notAfter;
    throw new ContractError("order-stale", `the order was good until ${lateMs} ms ago`);
  }
}

function requireOpenAttempt(order: Order, journal: Journal): void {
  const open = journal.open;
  const inTrial = open?.phase === "in-trial" || open?.phase === "committing";
  if (!open || !isSameAttempt(open, order) || (order.goal === "commit" && !inTrial)) {
    const name = `attempt ${order.attempt} of rollout ${order.rollout}`;
    throw new ContractError("not-in-trial", `${order.goal} refused: ${name} is not in trial here`);
  }
  requireStatement(order, open.statement, BEGUN);
}

const isSameAttempt = (
  a: { readonly rollout: string; readonly attempt: number },
  b: { readonly rollout: string; readonly attempt: number },
): boolean => a.rollout === b.rollout && a.attempt === b.attempt;

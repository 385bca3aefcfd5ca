import type { Message } from "../../bus/index.ts";
import {
  type Envelope,
  formOf,
  NixwaveError,
  openOrder,
  openUnverified,
  type PayloadType,
  parseStatement,
  type Release,
  STATEMENT_TYPE,
  type TrustedKeys,
  verifyEnvelope,
} from "../../contract/index.ts";
import { orNull } from "../or-null.ts";
import { type Known, known, type OrderSeen, type StatementSeen } from "./facts.ts";

/** What a release says, host by host; what cannot be read at all is left to `nixwave verify`. */
export function statementsIn(release: Release, keys: Known<TrustedKeys>): readonly StatementSeen[] {
  return release.statements.flatMap((envelope) => {
    const statement = orNull(() => parseStatement(openUnverified(envelope, STATEMENT_TYPE)));
    if (!statement) return [];
    const { host, serial, expires } = statement;
    return [{ host, serial, expires, fault: faultOf(envelope, STATEMENT_TYPE, keys) }];
  });
}

/** The orders that the broker retains, and whether the hub's key signed them. */
export function ordersIn(
  messages: readonly Message<"desired">[],
  keys: Known<TrustedKeys>,
): readonly OrderSeen[] {
  return messages.flatMap(({ address, payload }) => {
    const order = orNull(() => formOf(payload.order).parse(openOrder(payload.order)));
    if (!order) return [];
    const fault = faultOf(payload.order, formOf(payload.order).type, keys);
    const isSigned = fault.isKnown ? known(fault.value === null) : fault;
    return [{ host: address.host, hub: order.hub, isSigned }];
  });
}

function faultOf(
  envelope: Envelope,
  type: PayloadType,
  keys: Known<TrustedKeys>,
): Known<string | null> {
  if (!keys.isKnown) return keys;
  try {
    verifyEnvelope(envelope, type, keys.value);
    return known(null);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    return known(error.message);
  }
}

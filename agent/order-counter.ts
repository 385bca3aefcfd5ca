import {
  ContractError,
  formOf,
  type HostTrust,
  parsePayload,
  verifyOrder,
} from "../src/contract/index.ts";

/**
 * The counter of an order that is refused for what travels beside it, so that the hub learns which of
 * its orders this was; null when the hub did not sign it.
 */
export function counterOf(bytes: Uint8Array, trust: HostTrust): number | null {
  try {
    const { order } = parsePayload("desired", bytes);
    return formOf(order).parse(verifyOrder(order, trust.hubKeys).bytes).counter;
  } catch (error) {
    if (error instanceof ContractError) return null;
    throw error;
  }
}

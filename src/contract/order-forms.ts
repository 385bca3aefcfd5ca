import { DESIRED_TYPE, type Order } from "./desired.ts";
import type { PayloadType } from "./dsse.ts";
import { encodeOrder, parseOrder } from "./json-payloads.ts";

/** How an order is written in one version of the wire. */
export interface OrderForm {
  readonly wire: number;
  /** Part of what is signed, so that no order passes as one of another version. */
  readonly type: PayloadType;
  /** @throws ContractError why these bytes are no such order */
  readonly parse: (bytes: Uint8Array) => Order;
  readonly encode: (order: Order) => Uint8Array;
}

/**
 * The wire versions that this program speaks, oldest first; the last one is its own. When a second comes, the first one
 * stays here for one version more (DESIGN 5, "Versions meet").
 */
export const ORDER_FORMS: readonly OrderForm[] = [
  { wire: 1, type: DESIRED_TYPE, parse: parseOrder, encode: encodeOrder },
];

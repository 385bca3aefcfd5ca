import { ContractError, type Order } from "../../../src/contract/index.ts";
import { ORDER_FORMS, type OrderForm } from "../../../src/contract/order-forms.ts";

/** As it is in the product, and stays for as long as a host of the first version may be there. */
export const FIRST = ORDER_FORMS[0] as OrderForm;

/** What a second version changes: the lease has another name, and an order says who it is from. */
export const SECOND = formAfter(FIRST, 2, {
  forth: ({ lease, ...rest }) => ({ ...rest, unconfirmedFor: lease, from: "hub" }),
  back: ({ unconfirmedFor, from, ...rest }) => {
    if (from !== "hub") throw new ContractError("invalid-field", "/from must be hub");
    return { ...rest, lease: unconfirmedFor };
  },
});

/** A third one, of which no program of the first version has ever heard. */
export const THIRD = formAfter(SECOND, 3, {
  forth: ({ goal, ...rest }) => ({ ...rest, wish: goal }),
  back: ({ wish, ...rest }) => ({ ...rest, goal: wish }),
});

export const FOURTH = formAfter(THIRD, 4, { forth: (order) => order, back: (order) => order });

type Fields = Readonly<Record<string, unknown>>;

interface Change {
  readonly forth: (order: Fields) => Fields;
  readonly back: (order: Fields) => Fields;
}

function formAfter(before: OrderForm, wire: number, { forth, back }: Change): OrderForm {
  return {
    wire,
    type: `application/vnd.nixwave.desired.v${wire}+json`,
    encode: (order: Order) => bytesOf({ ...forth(fieldsOf(before.encode(order))), v: wire }),
    parse(bytes) {
      const fields = fieldsOf(bytes);
      if (fields["v"] !== wire) throw new ContractError("invalid-field", `/v must be ${wire}`);
      return before.parse(bytesOf({ ...back(fields), v: wire - 1 }));
    },
  };
}

const bytesOf = (fields: Fields): Uint8Array => Buffer.from(JSON.stringify(fields));
const fieldsOf = (bytes: Uint8Array): Fields =>
  JSON.parse(Buffer.from(bytes).toString("utf8")) as Fields;

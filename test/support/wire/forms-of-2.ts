import type { OrderForm } from "../../../src/contract/order-forms.ts";
import { FIRST, SECOND } from "./later-orders.ts";

export const ORDER_FORMS: readonly OrderForm[] = [FIRST, SECOND];

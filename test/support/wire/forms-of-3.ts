import type { OrderForm } from "../../../src/contract/order-forms.ts";
import { SECOND, THIRD } from "./later-orders.ts";

export const ORDER_FORMS: readonly OrderForm[] = [SECOND, THIRD];

import type { OrderForm } from "../../../src/contract/order-forms.ts";
import { FOURTH, THIRD } from "./later-orders.ts";

export const ORDER_FORMS: readonly OrderForm[] = [THIRD, FOURTH];

import { registerHooks } from "node:module";

const PRODUCT = new URL("../../../src/contract/order-forms.ts", import.meta.url).href;
const LATER = new URL("./forms-of-2.ts", import.meta.url).href;

// The product's modules get the later list; the list itself is made from the product's.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const isAsked = found.url === PRODUCT && context.parentURL?.includes("/src/contract/") === true;
    return isAsked ? { ...found, url: LATER } : found;
  },
});

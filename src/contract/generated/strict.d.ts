import type { Validator } from "../validator.ts";
export declare const statement: Validator;
export declare const order: Validator;
export declare const ratchet: Validator;
export declare const journal: Validator;
export declare const hostRequest: Validator;

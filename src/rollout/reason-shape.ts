import { parseHoldSource, parseHostName, parseStorePath } from "../contract/index.ts";
import { type Check, oneOf, parsed, refuse, shape, text } from "./check.ts";
import { paramsOf, REASONS, type ReasonCode, type ReasonParam } from "./reason.ts";
import { END_STATES } from "./words.ts";

const CODES = Object.keys(REASONS) as ReasonCode[];
const host = parsed(parseHostName);
const code: Check = (value, where) => {
  text(value, where);
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(value as string)) refuse(where, "must be a code");
};

const PARAMS: Readonly<Record<ReasonParam, Check>> = {
  ...{ host, by: text, group: text, opens: text, until: text, said: text, error: code },
  source: parsed(parseHoldSource),
  state: oneOf(...END_STATES),
  runs: parsed(parseStorePath),
  because: (value, where) =>
    ofCodes(CODES.filter((one) => one !== "host-ended-because"))(value, where),
};

const ofCodes =
  (codes: readonly ReasonCode[]): Check =>
  (value, where) => {
    const { code: found } = (value ?? {}) as { readonly code?: ReasonCode };
    oneOf(...codes)(found, `${where}/code`);
    const params = paramsOf(found as ReasonCode).map((name) => [name, PARAMS[name]] as const);
    shape({ code: text, ...Object.fromEntries(params) })(value, where);
  };

/** Exactly a code of the table with its parameters. */
export const reason: Check = ofCodes(CODES);

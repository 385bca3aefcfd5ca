import { ContractError } from "./nixwave-error.ts";
import { patternMeanings, type Schema } from "./schema.ts";

interface ValidationFault {
  readonly instancePath: string;
  readonly message?: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What tools/validators.ts generates for each schema. */
export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ValidationFault[] | null;
}

/**
 * Checks `value` with the validator that was generated from `schema`.
 * @throws ContractError invalid-field, `where` being a JSON pointer
 */
export function validated<T>(value: unknown, validator: Validator, _schema: Schema<T>): T {
  if (validator(value)) return value as T;
  const fault = validator.errors?.find((one) => !isNullBranch(one)) ?? validator.errors?.[0];
  const where = fault?.instancePath || "/";
  throw new ContractError("invalid-field", `${where} ${explain(fault)}`, { where });
}

/** A nullable field fails twice, first for not being null: that half would hide what is really wrong. */
const isNullBranch = ({ keyword, params }: ValidationFault): boolean =>
  keyword === "type" && params["type"] === "null";

function explain(fault: ValidationFault | undefined): string {
  if (fault?.keyword === "pattern") {
    const meaning = patternMeanings.get(String(fault.params["pattern"]));
    if (meaning) return `must be ${meaning}`;
  }
  if (fault?.keyword === "enum") {
    return `must be one of ${(fault.params["allowedValues"] as readonly unknown[]).join(", ")}`;
  }
  if (fault?.keyword === "additionalProperties") {
    return `has the unknown field ${JSON.stringify(String(fault.params["additionalProperty"]).slice(0, 80))}`;
  }
  return fault?.message ?? "is not valid";
}

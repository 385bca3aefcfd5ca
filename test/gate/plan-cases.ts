import { NixwaveError } from "../../src/contract/index.ts";
import { parsePlan } from "../../src/gate/index.ts";

/** How a plan is refused, or "accepted". */
export const refusal = (plan: unknown): { code: string; message: string } => {
  try {
    parsePlan(plan);
  } catch (error) {
    if (error instanceof NixwaveError) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: "accepted", message: "" };
};

export const row = (fields: object = {}): object => ({
  topic: "room",
  is: "above",
  limit: 15,
  ...fields,
});
export const gate = (fields: object = {}, ...rows: readonly object[]): object => ({
  rows: rows.length === 0 ? [row()] : rows,
  ...fields,
});

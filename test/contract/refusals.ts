import { ContractError, type ErrorCode } from "../../src/contract/index.ts";

/** The coded refusal of `act`; anything else, a pass included, fails the test that asked. */
export function refusalOf(act: () => unknown): ContractError {
  try {
    const value = act();
    throw new Error(`accepted: ${JSON.stringify(value)}`);
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
}

export const codeOf = (act: () => unknown): ErrorCode => refusalOf(act).code;

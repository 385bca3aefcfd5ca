import {
  type HostName,
  NixwaveError,
  parseHostName,
  parseRolloutId,
} from "../../src/contract/index.ts";
import type { StepKey } from "../../src/rollout/index.ts";
import type { FlowMessage } from "../runtime/red.ts";

/**
 * Whose step a message speaks of. Wires carry anything, so it is read like any other input.
 * @throws NixwaveError invalid-field | invalid-name | invalid-host-name
 */
export function stepKeyIn({ nixwave }: FlowMessage): StepKey {
  const { rollout, host, attempt } = objectOf(nixwave);
  if (rollout === undefined) {
    throw new NixwaveError("invalid-field", "the message is no step of a rollout node");
  }
  if (!Number.isSafeInteger(attempt) || Number(attempt) < 1) {
    throw new NixwaveError("invalid-field", "msg.nixwave.attempt is no attempt");
  }
  return {
    rollout: parseRolloutId(String(rollout)),
    host: parseHostName(String(host)) as HostName,
    attempt: Number(attempt),
  };
}

export const isStep = ({ nixwave }: FlowMessage): boolean =>
  objectOf(nixwave)["rollout"] !== undefined;

/** One text for each attempt, to remember messages by. */
export const nameOfStep = ({ rollout, host, attempt }: StepKey): string =>
  `${rollout}/${host}/${attempt}`;

/** The same message, with what a node of ours found out beside the step's own facts. */
export function withFindings(message: FlowMessage, findings: Readonly<Record<string, unknown>>) {
  message.nixwave = { ...objectOf(message.nixwave), ...findings };
  return message;
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

import { entriesOf } from "./host-tree.ts";
import type { HostEntry, HostStep, RolloutState } from "./rollout-state.ts";

/** One host's turn, for screens. */
export interface ShownStep extends HostStep {
  readonly host: HostEntry["host"];
}

/** The steps of the current or last rollout, in the order in which they activate; walks over all hosts. */
export const stepsOf = ({ hosts }: RolloutState): readonly ShownStep[] =>
  entriesOf(hosts).flatMap(({ host, step }) => (step ? [{ ...step, host }] : []));

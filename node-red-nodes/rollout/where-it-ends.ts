import type { LooseEnd } from "./check-wires.ts";

/** The names that the editor shows at the outputs. */
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  "nixwave-rollout": ["step", "finished", "stopped"],
  "nixwave-activate": ["running", "failed"],
  "nixwave-gate": ["healthy", "unhealthy", "no verdict"],
  "nixwave-approval": ["approved", "refused", "expired"],
};

/** In words that let a person find the wire in the editor. */
export function whereItEnds({ node, output }: LooseEnd): string {
  const type = String(node["type"]);
  const called = `${type.replace("nixwave-", "")} ${JSON.stringify(node["name"] || node.id)}`;
  if (output === 0) return `${called} is switched off: a step that comes there is lost`;
  const named = OUTPUTS[type]?.[output - 1] ?? output;
  return `output ${named} of ${called} leads to no "keep or undo" node: a step that goes there waits until its time is over`;
}

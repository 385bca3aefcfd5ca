import { type FlowNode, parseFlow } from "./seed-flow.ts";

/** One difference between two flows, for people. */
export interface FlowChange {
  readonly kind: "added" | "removed" | "changed";
  readonly node: string;
  /** Of a changed node: which fields. */
  readonly fields: readonly string[];
}

/** Where a node stands on the canvas is nobody's business here. */
const PLACE: ReadonlySet<string> = new Set(["x", "y", "w", "h"]);

/**
 * What differs between the flow as it was given and the user's own, in the order of the nodes. Pure.
 * @throws NixwaveError not-json | invalid-field
 */
export function compareFlows(given: string, own: string): readonly FlowChange[] {
  const before = new Map(parseFlow(given).map((node) => [node.id, node]));
  const after = new Map(parseFlow(own).map((node) => [node.id, node]));
  const gone = [...before.values()].filter(({ id }) => !after.has(id));
  return [
    ...[...after.values()].flatMap((node): FlowChange[] => {
      const old = before.get(node.id);
      if (!old) return [{ kind: "added", node: nameOf(node), fields: [] }];
      const fields = changedFields(old, node);
      return fields.length === 0 ? [] : [{ kind: "changed", node: nameOf(node), fields }];
    }),
    ...gone.map((node): FlowChange => ({ kind: "removed", node: nameOf(node), fields: [] })),
  ];
}

const nameOf = ({ id, type, ...fields }: FlowNode): string => {
  const name = [fields["name"], fields["label"], id].find((one) => one !== undefined && one !== "");
  return `${type} "${String(name)}"`;
};

const changedFields = (old: FlowNode, now: FlowNode): readonly string[] =>
  [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (field) => !PLACE.has(field) && JSON.stringify(old[field]) !== JSON.stringify(now[field]),
  );

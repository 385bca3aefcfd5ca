import { writeFile } from "node:fs/promises";
import { NixwaveError } from "../contract/index.ts";

/** The fields of the fleet's dialog, as the editor stores them. */
export interface FleetFields {
  readonly [field: string]: string;
}

interface FlowNode {
  readonly id: string;
  readonly type: string;
}

/**
 * Fills a home's own fleet into a flow of ours. @throws NixwaveError not-json | invalid-field
 * @param flow the text of a file below flows/
 */
export function fillFleet(flow: string, fleet: FleetFields): string {
  const nodes = parseFlow(flow).map((node) =>
    node.type === "nixwave-fleet" ? { ...node, ...fleet } : node,
  );
  return `${JSON.stringify(nodes, null, 2)}\n`;
}

/** Gives a home its first flow; a flow that is there is the user's and is never overwritten. */
export async function seedFlow(path: string, flow: string): Promise<void> {
  try {
    await writeFile(path, flow, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function parseFlow(flow: string): readonly FlowNode[] {
  let nodes: unknown;
  try {
    nodes = JSON.parse(flow);
  } catch (cause) {
    throw new NixwaveError("not-json", "the flow is not JSON", { cause });
  }
  const isNode = (one: unknown): one is FlowNode =>
    typeof (one as Partial<FlowNode> | null)?.type === "string";
  if (!Array.isArray(nodes) || !nodes.every(isNode)) {
    throw new NixwaveError("invalid-field", "the flow is not a list of nodes");
  }
  return nodes;
}

import type { NodeConfig } from "../runtime/red.ts";

/** A place where a step's message is lost: a lost message is a time-out, never a keep (DESIGN 10). */
export interface LooseEnd {
  readonly node: NodeConfig;
  /** Counted from 1; 0 when the node has none or is switched off. */
  readonly output: number;
}

/** One place on a path: a node, and through which subflow instances it was reached. */
interface Place {
  readonly id: string;
  readonly within: readonly string[];
}

const MAX_PLACES = 5000;

/**
 * Follows the wires from a rollout node's `step` and says where a path ends before a keep or undo node. Links and
 * subflows are followed; beside each wire that arrives others may go anywhere (debug, logs).
 * @param nodes the whole deployed flow
 */
export function looseEnds(nodes: readonly NodeConfig[], rolloutId: string): readonly LooseEnd[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const rollout = byId.get(rolloutId);
  if (!rollout) return [];
  const walk = new Walk(byId);
  return walk.lostFrom(
    rollout,
    1,
    (targetsOf(rollout)[0] ?? []).map((id) => ({ id, within: [] })),
  );
}

class Walk {
  readonly #nodes: ReadonlyMap<string, NodeConfig>;
  readonly #known = new Map<string, readonly LooseEnd[]>();

  constructor(nodes: ReadonlyMap<string, NodeConfig>) {
    this.#nodes = nodes;
  }

  /** One of the wires of an output must arrive; the others may go anywhere. */
  lostFrom(node: NodeConfig, output: number, places: readonly Place[]): readonly LooseEnd[] {
    const onward = places.filter(({ id }) => this.#goesOn(id));
    if (onward.length === 0) return [{ node, output }];
    const lost = onward.map((place) => this.#lostAt(place));
    return lost.some((ends) => ends.length === 0) ? [] : lost.flat();
  }

  /** Empty when a message that gets here comes to its end. A circle counts as such: its ways out are looked at. */
  #lostAt(place: Place): readonly LooseEnd[] {
    const name = [...place.within, place.id].join("/");
    const known = this.#known.get(name);
    if (known || this.#known.size > MAX_PLACES) return known ?? [];
    this.#known.set(name, []);
    const node = this.#nodes.get(place.id) as NodeConfig;
    const lost = this.#lostWithin(node, place);
    this.#known.set(name, lost);
    return lost;
  }

  #lostWithin(node: NodeConfig, place: Place): readonly LooseEnd[] {
    if (node["d"] === true) return [{ node, output: 0 }];
    if (node["type"] === "nixwave-result") return [];
    return this.#outputsOf(node, place).flatMap((places, at) =>
      this.lostFrom(node, at + 1, places),
    );
  }

  /** A node without outputs passes no step on; whoever leads only there is named instead. */
  #goesOn(id: string): boolean {
    const node = this.#nodes.get(id);
    if (!node) return false;
    return node["type"] === "nixwave-result" || isLinkOut(node) || targetsOf(node).length > 0;
  }

  #outputsOf(node: NodeConfig, { within }: Place): readonly (readonly Place[])[] {
    if (isLinkOut(node)) return [linked(node, within)];
    const subflow = subflowOf(node, this.#nodes);
    if (subflow) return [this.#inside(subflow, node, within)];
    const inner = within.at(-1);
    const outer = inner === undefined ? [] : this.#outside(node, inner, within.slice(0, -1));
    return targetsOf(node).map((ids, port) => [
      ...ids.map((id) => ({ id, within })),
      ...(outer[port] ?? []),
    ]);
  }

  #inside(subflow: NodeConfig, instance: NodeConfig, within: readonly string[]): readonly Place[] {
    const [input] = listOf(subflow["in"]) as readonly { readonly wires?: unknown }[];
    return listOf(input?.wires).map((wire) => ({
      id: String((wire as { readonly id?: unknown }).id),
      within: [...within, instance.id],
    }));
  }

  /** Where a node within a subflow leads out of it, by its own output. */
  #outside(node: NodeConfig, instanceId: string, within: readonly string[]): Place[][] {
    const instance = this.#nodes.get(instanceId);
    const subflow = instance && subflowOf(instance, this.#nodes);
    if (!(instance && subflow)) return [];
    const ports: Place[][] = targetsOf(node).map(() => []);
    for (const [at, out] of listOf(subflow["out"]).entries()) {
      for (const wire of listOf((out as { readonly wires?: unknown }).wires)) {
        const { id, port } = wire as { readonly id?: unknown; readonly port?: unknown };
        const places = (targetsOf(instance)[at] ?? []).map((target) => ({ id: target, within }));
        if (id === node.id) ports[Number(port)]?.push(...places);
      }
    }
    return ports;
  }
}

const linked = (node: NodeConfig, within: readonly string[]): readonly Place[] =>
  listOf(node["links"]).map((id) => ({ id: String(id), within }));

const targetsOf = (node: NodeConfig): readonly (readonly string[])[] =>
  listOf(node["wires"]).map((ids) => listOf(ids).map(String));

/** One that returns gives the message back to the link call, whose own wires are followed. */
const isLinkOut = ({ type, mode }: NodeConfig): boolean => type === "link out" && mode !== "return";

function subflowOf(node: NodeConfig, nodes: ReadonlyMap<string, NodeConfig>): NodeConfig | null {
  const type = String(node["type"]);
  return type.startsWith("subflow:") ? (nodes.get(type.slice("subflow:".length)) ?? null) : null;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

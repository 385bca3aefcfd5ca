import { type FlowNode, parseFlow } from "../../hub/index.ts";
import { BEDROOM_TOPIC, SWITCH_TOPIC } from "./house.ts";

/** Faster than in a house: a real soak takes minutes, a real sensor reports every five. */
const IN_A_HURRY: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // A damaged closure is tried once more after 30 s before its host calls it so (agent/pull/retry.ts).
  "homelab-rollout": { settle: "0s", soak: "0s", grace: "40s", lease: "2m", stageTimeout: "75s" },
  "homelab-before": { rows: [bedroom("live", "")] },
  "homelab-after": {
    rows: [bedroom("above", "18")],
    soak: "4s",
    initialDelay: "1s",
    timeout: "80s",
  },
  "homelab-wall": { topic: SWITCH_TOPIC, d: false },
  "homelab-wall-hold": { d: false },
  "homelab-notify": { name: "your phone", d: true },
};

/** flows/homelab.json at the demo's pace, with the wall switch switched on and no phone; nuc needs no window and no approval. */
export const demoFlow = (homelab: string): string =>
  JSON.stringify(
    parseFlow(homelab).map(
      (node): FlowNode => ({ ...node, ...IN_A_HURRY[node.id], ...plan(node) }),
    ),
  );

const plan = ({ groups }: FlowNode): { readonly groups?: unknown } =>
  Array.isArray(groups)
    ? { groups: groups.map((row: object) => ({ ...row, approval: "none", allow: "" })) }
    : {};

function bedroom(is: string, limit: string) {
  const where = {
    name: "bedroom",
    topic: BEDROOM_TOPIC,
    format: "tasmota",
    path: "AM2301.Temperature",
  };
  // The hub may be killed (key k), and comes back within half a minute also on a slow machine.
  const patience = { interval: "1s", expireAfter: "30s", noDataLimit: "30s" };
  return { ...where, is, limit, limitType: "num", unit: "°C", ...patience };
}

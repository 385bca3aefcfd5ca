import { describe, expect, test } from "vitest";
import homelab from "../../flows/homelab.json" with { type: "json" };
import { planOfDialog } from "../../node-red-nodes/gate/plan-of-dialog.ts";
import { demoFlow } from "../../src/cli/demo/demo-flow.ts";

type Node = Readonly<Record<string, unknown>>;

const ours = JSON.parse(demoFlow(JSON.stringify(homelab))) as readonly Node[];
const theirs = homelab as readonly Node[];
const nodeIn = (flow: readonly Node[], id: string): Node =>
  flow.find((node) => node["id"] === id) ?? {};

describe("the demo's flow", () => {
  test("is flows/homelab.json: the same nodes with the same wires", () => {
    const shape = (flow: readonly Node[]) =>
      flow.map(({ id, type, z, wires, x, y }) => ({ id, type, z, wires, x, y }));
    expect(shape(ours)).toEqual(shape(theirs));
  });

  test("differs in pace, sensor topics and what waits for a person, and in no other node", () => {
    const changed = ours.filter((node, index) => {
      return JSON.stringify(node) !== JSON.stringify(theirs[index]);
    });
    expect(changed.map(({ id }) => id).toSorted()).toEqual([
      ...["homelab-after", "homelab-before", "homelab-notify"],
      ...["homelab-rollout", "homelab-wall", "homelab-wall-hold"],
    ]);
  });

  test("waits neither for a window nor for an approval, and keeps the order", () => {
    const groups = nodeIn(ours, "homelab-rollout")["groups"] as readonly Node[];
    expect(groups.map(({ name }) => name)).toEqual(["rp4", "rp3", "x1", "nuc"]);
    for (const group of groups) expect(group).toMatchObject({ approval: "none", allow: "" });
  });

  test("has its wall switch connected, and reaches nobody's phone", () => {
    expect(nodeIn(ours, "homelab-wall")).toMatchObject({ d: false, topic: "stat/wall/POWER" });
    expect(nodeIn(ours, "homelab-wall-hold")).toMatchObject({ d: false });
    expect(nodeIn(ours, "homelab-notify")).toMatchObject({ d: true });
  });

  test("has gates that the gate itself accepts and that a hub's restart does not starve", () => {
    for (const id of ["homelab-before", "homelab-after"]) {
      const { rows } = planOfDialog(nodeIn(ours, id), (value) => value);
      expect(rows.map(({ expireAfterMs }) => expireAfterMs)).toEqual([30_000]);
    }
  });
});

import { describe, expect, it } from "vitest";
import { looseEnds } from "../../node-red-nodes/rollout/check-wires.ts";
import { whereItEnds } from "../../node-red-nodes/rollout/where-it-ends.ts";
import type { NodeConfig } from "../../node-red-nodes/runtime/red.ts";

const node = (
  id: string,
  type: string,
  wires: readonly (readonly string[])[] = [],
  more: object = {},
): NodeConfig => ({ id, type, wires, ...more });
const rollout = (...step: readonly string[]) => node("rollout", "nixwave-rollout", [step, [], []]);
const keep = node("keep", "nixwave-result");
const debug = node("debug", "debug");
const endsOf = (...nodes: readonly NodeConfig[]) =>
  looseEnds(nodes, "rollout").map((end) => `${end.node.id}/${end.output}`);

describe("the wires of a step", () => {
  it("all lead to keep or undo: nothing is loose", () => {
    const try_ = node("try", "nixwave-activate", [["gate"], ["keep"]]);
    const gate = node("gate", "nixwave-gate", [["keep"], ["keep"], ["keep"]]);
    expect(endsOf(rollout("try"), try_, gate, keep)).toEqual([]);
  });

  it("name the output that is not wired", () => {
    const gate = node("gate", "nixwave-gate", [["keep"], ["keep"], []], { name: "bedroom" });
    expect(endsOf(rollout("gate"), gate, keep)).toEqual(["gate/3"]);
    expect(whereItEnds({ node: gate, output: 3 })).toMatch(/^output no verdict of gate "bedroom" /);
  });

  it("may have a debug node beside them, but not alone", () => {
    expect(endsOf(rollout("keep", "debug"), keep, debug)).toEqual([]);
    expect(endsOf(rollout("debug"), debug)).toEqual(["rollout/1"]);
    const log = node("log", "function", [["debug"]]);
    expect(endsOf(rollout("keep", "log"), keep, log, debug)).toEqual([]);
    expect(endsOf(rollout("log"), log, debug)).toEqual(["log/1"]);
  });

  it("are followed through links", () => {
    const out = node("out", "link out", [], { mode: "link", links: ["in"] });
    const entry = node("in", "link in", [["keep"]]);
    expect(endsOf(rollout("out"), out, entry, keep)).toEqual([]);
    expect(endsOf(rollout("out"), { ...out, links: [] }, keep)).toEqual(["out/1"]);
  });

  it("are followed into a subflow and out of it again, by its own outputs", () => {
    const subflow = {
      ...{ id: "S", type: "subflow" },
      in: [{ wires: [{ id: "inner" }] }],
      out: [{ wires: [{ id: "inner", port: 0 }] }, { wires: [{ id: "inner", port: 1 }] }],
    };
    const inner = node("inner", "switch", [[], []]);
    const used = (wires: readonly (readonly string[])[]) => node("use", "subflow:S", wires);
    expect(endsOf(rollout("use"), subflow, inner, used([["keep"], ["keep"]]), keep)).toEqual([]);
    expect(endsOf(rollout("use"), subflow, inner, used([["keep"], []]), keep)).toEqual(["inner/2"]);
  });

  it("do not count what is switched off", () => {
    const try_ = node("try", "nixwave-activate", [["keep"], ["keep"]], { d: true });
    expect(endsOf(rollout("try"), try_, keep)).toEqual(["try/0"]);
  });

  it("may go round, as long as every way out of the round arrives", () => {
    const again = node("again", "switch", [["wait"], ["keep"]]);
    const wait = node("wait", "delay", [["again"]]);
    expect(endsOf(rollout("again"), again, wait, keep)).toEqual([]);
    expect(endsOf(rollout("again"), { ...again, wires: [["wait"], []] }, wait)).toEqual([
      "again/2",
    ]);
  });
});

import type { Conductor } from "../../src/conductor/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import type { Plan } from "../../src/rollout/index.ts";
import { zoneOf } from "../fleet/fleet-config.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { fleetHostsIn } from "../shared-by-nodes/fleet-hosts.ts";
import { type FoundFleet, joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded, onInput, readable } from "../shared-by-nodes/on-input.ts";
import { say } from "../shared-by-nodes/status-words.ts";
import { looseEnds } from "./check-wires.ts";
import { planOfRows } from "./plan-of-rows.ts";
import { releaseIn } from "./release-message.ts";
import { RolloutTeller } from "./rollout-teller.ts";
import { whereItEnds } from "./where-it-ends.ts";

/** A fleet has one order of its hosts; the first node of it that is deployed keeps it. */
const seats = new WeakMap<object, string>();

export default function registerRollout(red: Red): void {
  function RolloutNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    let conducting: Conductor | null = null;
    joinFleet(red, this, config, (conductor, fleet) => {
      const leave = conduct(red, this, config, conductor, fleet);
      if (leave === null) return () => undefined;
      conducting = conductor;
      return () => {
        conducting = null;
        leave();
      };
    });
    onInput(this, (message, done) => {
      if (!conducting)
        throw new NixwaveError("fleet-config-invalid", "no rollout can be made here");
      const { accepted, refused } = conducting.offer(releaseIn(message));
      const why = refused.map(({ code, message: said }) => `${code}: ${said}`).join("; ");
      if (accepted.length === 0) {
        throw new NixwaveError("signature-invalid", `no statement was accepted: ${why}`);
      }
      done();
    });
  }
  red.nodes.registerType("nixwave-rollout", RolloutNode);
}

/** @returns leaves; null when this node has no say */
function conduct(
  red: Red,
  node: RedNode,
  config: NodeConfig,
  conductor: Conductor,
  { seat, config: fleet, language }: FoundFleet,
): (() => void) | null {
  const other = seats.get(seat);
  if (other !== undefined && other !== node.id) {
    const text = say(language, "secondRollout");
    node.status({ fill: "red", shape: "ring", text });
    node.error("the fleet has another rollout node: a fleet has one order of its hosts");
    return null;
  }
  const plan = readPlan(node, config, fleet);
  if (!plan) {
    node.status({ fill: "red", shape: "ring", text: say(language, "wrongSettings") });
    return null;
  }
  seats.set(seat, node.id);
  const ends = plan.conduct === "flow" ? warnOfLooseEnds(red, node) : 0;
  const later = isForLater(conductor, plan) ? say(language, "orderLater") : null;
  if (later !== null) node.warn("wires apply now, group order with the next release");
  conductor.setPlan(plan);
  const idle = ends > 0 ? say(language, "wireEnds") : null;
  const teller = new RolloutTeller({ node, conductor, language, trouble: idle, later });
  if (plan.conduct === "flow") teller.resume();
  const stops = [
    conductor.onHappened(guarded(node, (happened) => teller.tell(happened))),
    conductor.watch(guarded(node, (view) => teller.show(view))),
  ];
  return () => {
    for (const stop of stops) stop();
    if (seats.get(seat) === node.id) seats.delete(seat);
  };
}

/** Wires have a say exactly when `step` is wired (DESIGN 10). */
const isWired = ({ wires }: NodeConfig): boolean =>
  Array.isArray(wires) && Array.isArray(wires[0]) && wires[0].length > 0;

function readPlan(node: RedNode, config: NodeConfig, fleet: NodeConfig): Plan | null {
  try {
    const conduct = isWired(config) ? "flow" : "default";
    const zone = zoneOf(fleet["zone"]);
    const { plan, warnings } = planOfRows(config, fleetHostsIn(fleet), conduct, zone);
    for (const warning of warnings) node.warn(warning);
    return plan;
  } catch (error) {
    node.error(`${readable(error).name}: ${readable(error).message}`);
    return null;
  }
}

function warnOfLooseEnds(red: Red, node: RedNode): number {
  const nodes: NodeConfig[] = [];
  red.nodes.eachNode((one) => nodes.push(one));
  const ends = looseEnds(nodes, node.id);
  for (const end of ends) node.warn(whereItEnds(end));
  return ends.length;
}

/** Wires apply at once; the order of a rollout under way stays what it was (DESIGN 10). */
function isForLater({ view }: Conductor, plan: Plan): boolean {
  const { rollout } = view.state;
  if (!rollout || rollout.phase === "Completed") return false;
  return JSON.stringify(rollout.plan) !== JSON.stringify(plan);
}

import type { Conductor } from "../../src/conductor/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import type { GatePlan } from "../../src/gate/index.ts";
import type { Language } from "../../src/people/index.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded, onInput, readable } from "../shared-by-nodes/on-input.ts";
import { say } from "../shared-by-nodes/status-words.ts";
import { gateStatus } from "./gate-status.ts";
import { planOfDialog } from "./plan-of-dialog.ts";
import { WatchDesk } from "./watch-desk.ts";

/** "sensor gate": evidence before or after activation. */
export default function registerGate(red: Red): void {
  function GateNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    const plan = readPlan(red, this, config);
    let desk: WatchDesk | null = null;
    if (plan) {
      joinFleet(red, this, config, (conductor, { language }) => {
        const opened = openDesk(this, config, plan, conductor, language);
        desk = opened.desk;
        return () => {
          desk = null;
          opened.close();
        };
      });
    }
    onInput(this, (message, done) => {
      if (!desk) throw new NixwaveError("fleet-config-invalid", "nothing can be judged here");
      desk.take(message, done);
    });
  }
  red.nodes.registerType("nixwave-gate", GateNode);
  serveCheck(red);
}

function openDesk(
  node: RedNode,
  config: NodeConfig,
  plan: GatePlan,
  conductor: Conductor,
  language: Language,
) {
  const seat = conductor.openGate(node.id, plan, prometheusOf(config));
  const place = config["place"] === "before" ? "before" : "after";
  const desk = new WatchDesk(node, conductor, seat, place);
  node.status(gateStatus(seat.state, language));
  const stops = [
    seat.onSaid(
      guarded(node, (said) => {
        node.status(gateStatus(seat.state, language)); // at once: counts are told later, and may be of the next run
        desk.said(said);
      }),
    ),
    seat.onCounted(guarded(node, (state) => node.status(gateStatus(state, language)))),
    conductor.watch(guarded(node, (view) => desk.look(view))),
  ];
  const close = (): void => {
    for (const stop of stops) stop();
    desk.close();
    seat.close();
  };
  return { desk, close };
}

/** Null also when a row asks Prometheus: the plan is refused then. */
function prometheusOf(config: NodeConfig): URL | null {
  const text = String(config["prometheus"] ?? "").trim();
  return text === "" ? null : new URL(text);
}

function readPlan(red: Red, node: RedNode, config: NodeConfig): GatePlan | null {
  try {
    return checkedPlan(config, (value, type) =>
      red.util.evaluateNodeProperty(value, type, node, {}),
    );
  } catch (error) {
    node.error(`${readable(error).name}: ${readable(error).message}`);
    node.status({ fill: "red", shape: "ring", text: say("en", "wrongSettings") });
    return null;
  }
}

function checkedPlan(
  config: Readonly<Record<string, unknown>>,
  read: (value: string, type: string) => unknown,
): GatePlan {
  const plan = planOfDialog(config, read);
  const asks = plan.rows.some(({ link, control }) => [link, control?.link].includes("prometheus"));
  if (asks && !URL.canParse(String(config["prometheus"] ?? ""))) {
    throw new NixwaveError(
      "gate-plan-invalid",
      "/prometheus: a row asks it, so its address is needed",
    );
  }
  return plan;
}

/** The editor asks whether a gate could ever pass, with the arithmetic when it could not. */
function serveCheck(red: Red): void {
  red.httpAdmin.post(
    "/nixwave/gate/check",
    red.auth.needsPermission("nixwave.read"),
    ({ body }, response) => {
      try {
        checkedPlan(Object(body) as Record<string, unknown>, (value, type) =>
          red.util.evaluateNodeProperty(value, type, null, {}),
        );
        response.json({ ok: true });
      } catch (error) {
        const { name, message } = readable(error);
        response.json({ ok: false, code: name, message });
      }
    },
  );
}

import type { Conductor } from "../../src/conductor/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import type { Language } from "../../src/people/index.ts";
import type { RolloutState, StepKey } from "../../src/rollout/index.ts";
import type { FlowMessage, NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { onInput } from "../shared-by-nodes/on-input.ts";
import { standOf } from "../shared-by-nodes/stand-of.ts";
import { say } from "../shared-by-nodes/status-words.ts";
import { stepKeyIn } from "../shared-by-nodes/step-message.ts";
import { verdictOf } from "./verdict-of.ts";

/** "keep or undo": ends a step by its id. What it may end is the conductor's to say. */
export default function registerResult(red: Red): void {
  function ResultNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    let end: ((message: FlowMessage) => void) | null = null;
    joinFleet(red, this, config, (conductor, { language }) => {
      this.status({ fill: "grey", shape: "dot", text: say(language, "idle") });
      end = (message) => endStep(this, config, conductor, language, message);
      return () => {
        end = null;
      };
    });
    onInput(this, (message, done) => {
      if (!end) throw new NixwaveError("fleet-config-invalid", "the fleet is not there yet");
      end(message);
      done();
    });
  }
  red.nodes.registerType("nixwave-result", ResultNode);
}

function isUntried(state: RolloutState, key: StepKey): boolean {
  const { kind } = standOf(state, key);
  return kind === "before" || kind === "trying";
}

/** @throws NixwaveError not-in-trial | invalid-field and what a step's id is refused with */
function endStep(
  node: RedNode,
  config: NodeConfig,
  { step, view }: Conductor,
  language: Language,
  message: FlowMessage,
): void {
  const key = stepKeyIn(message);
  const { verdict, why } = verdictOf(config["verdict"], message);
  const isAround = verdict === "keep" && isUntried(view.state, key);
  const answer = verdict === "keep" ? step.keep(key) : step.undo(key, why);
  if (isAround) {
    node.status({ fill: "red", shape: "ring", text: say(language, "unknownStep") });
    // The wires went around "try on host": nothing is deployed, and Catch nodes hear it (DESIGN 8).
    const what =
      answer.message || `${key.host} has not been tried: it has reported no trial to keep`;
    throw new NixwaveError("not-in-trial", what);
  }
  if (!answer.accepted) {
    node.status({ fill: "yellow", shape: "ring", text: say(language, "unknownStep") });
    node.warn(`${key.host}, attempt ${key.attempt}: ${answer.message}`);
    return;
  }
  const text = say(language, verdict === "keep" ? "kept" : "undone", { host: key.host });
  node.status({ fill: verdict === "keep" ? "green" : "red", shape: "dot", text });
}

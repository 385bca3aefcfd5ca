import { NixwaveError } from "../../src/contract/index.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded, onInput, readable } from "../shared-by-nodes/on-input.ts";
import { say } from "../shared-by-nodes/status-words.ts";
import { type AskPolicy, parseAskPolicy } from "./ask-policy.ts";
import { Questions } from "./questions.ts";

/** "ask": a person decides, on a phone, a dashboard or by a message. */
export default function registerApproval(red: Red): void {
  function ApprovalNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    const policy = readPolicy(this, config);
    let questions: Questions | null = null;
    if (policy) {
      joinFleet(red, this, config, (conductor, { language, seat }) => {
        const own = new Questions({
          ...{ node: this, conductor, language, policy, deadlines: seat.deadlines },
        });
        questions = own;
        const stop = conductor.watch(guarded(this, (view) => own.look(view)));
        return () => {
          stop();
          own.close();
          questions = null;
        };
      });
    }
    onInput(this, (message, done) => {
      if (!questions) throw new NixwaveError("fleet-config-invalid", "nobody can be asked here");
      questions.take(message, done);
    });
  }
  red.nodes.registerType("nixwave-approval", ApprovalNode);
}

function readPolicy(node: RedNode, config: NodeConfig): AskPolicy | null {
  try {
    return parseAskPolicy(config);
  } catch (error) {
    node.error(readable(error).message);
    node.status({ fill: "red", shape: "ring", text: say("en", "wrongSettings") });
    return null;
  }
}

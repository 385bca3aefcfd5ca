import type { Conductor } from "../../src/conductor/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded, onInput } from "../shared-by-nodes/on-input.ts";
import { Trials } from "./trials.ts";

/** "try on host": orders the trial and waits for the host's own report. */
export default function registerActivate(red: Red): void {
  function ActivateNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    let trials: Trials | null = null;
    joinFleet(red, this, config, (conductor: Conductor, { language }) => {
      const own = new Trials(this, conductor, language);
      trials = own;
      const stop = conductor.watch(guarded(this, (view) => own.look(view)));
      return () => {
        stop();
        own.close();
        trials = null;
      };
    });
    onInput(this, (message, done) => {
      if (!trials) throw new NixwaveError("fleet-config-invalid", "the fleet is not there yet");
      trials.take(message, done);
    });
  }
  red.nodes.registerType("nixwave-activate", ActivateNode);
}

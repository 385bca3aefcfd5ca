import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded } from "../shared-by-nodes/on-input.ts";
import { say, shorten } from "../shared-by-nodes/status-words.ts";
import { isWanted } from "./is-wanted.ts";

/** What happened, one message each, with a notification where people should hear of it. */
export default function registerEvents(red: Red): void {
  function EventsNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    joinFleet(red, this, config, (conductor, { language }) => {
      this.status({ fill: "grey", shape: "dot", text: say(language, "listening") });
      return conductor.onHappened(
        guarded(this, (happened) => {
          if (!isWanted(config, happened)) return;
          const { announcement, notification } = happened;
          const text = shorten(notification?.title ?? announcement.type);
          this.status({ fill: "blue", shape: "dot", text });
          this.send([
            {
              payload: announcement,
              topic: announcement.type,
              ...(notification ? { notification } : {}),
            },
          ]);
        }),
      );
    });
  }
  red.nodes.registerType("nixwave-events", EventsNode);
}

import type { Conductor } from "../../src/conductor/index.ts";
import type { Home } from "../../src/people/index.ts";
import { AwayWatch } from "./away-watch.ts";
import { Complaint } from "./complaint.ts";
import type { NotifyConfig } from "./notify-config.ts";
import { PostBox } from "./post-box.ts";

/** Of the notify node whose other server it is. */
interface AwayPorts {
  readonly id: string;
  readonly config: Pick<NotifyConfig, "away">;
  readonly home: Home;
  readonly restMs: number;
  readonly warn: (text: string) => void;
}

interface Away extends Pick<AwayWatch, "look"> {
  close(): void;
}

/** The watch over this machine at the other server, with letters of its own: neither waits for the other. */
export function openAway(
  { notes }: Pick<Conductor, "notes">,
  { id, config, restMs, home, warn }: AwayPorts,
): Away | null {
  if (config.away === null) return null;
  const failure = new Complaint((why) => warn(`the server elsewhere: ${why}`));
  const box = new PostBox({
    restMs,
    onRetry: (_afterMs, why) => failure.tell(`${why}; it is tried again`),
  });
  const watch = new AwayWatch({
    ...{ ...config.away, box, notes, name: `away/${id}`, home },
    failed: (why) => failure.tell(why),
  });
  return {
    look: (view) => watch.look(view),
    close() {
      watch.close();
      box.close();
    },
  };
}

import type { Conductor, HubView } from "../../src/conductor/index.ts";
import { instant } from "../../src/contract/index.ts";
import type { Home } from "../../src/people/index.ts";
import type { Red } from "../runtime/red.ts";
import { slimView } from "./slim-view.ts";

const EVERY_MS = 1_000;
/** Node-RED sends nothing that is falsy (editor-api, comms.js, `send`). */
const CLOSED = { isClosed: true } as const;

/** Shows open editors how the fleet stands, at most once a second. @returns stops, and takes it back */
export function pushSight(red: Red, id: string, home: Home, conductor: Conductor): () => void {
  const topic = `nixwave/${id}`;
  let latest: HubView | null = null;
  let timer: NodeJS.Timeout | undefined;
  const push = (): void => {
    timer = undefined;
    if (!latest) return;
    red.comms.publish(topic, slimView(latest, home, instant(Date.now())), true);
    latest = null;
    timer = setTimeout(push, EVERY_MS);
  };
  const stop = conductor.watch((view) => {
    latest = view;
    if (!timer) push();
  });
  return () => {
    stop();
    clearTimeout(timer);
    red.comms.publish(topic, CLOSED, false);
  };
}

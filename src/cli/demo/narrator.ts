import type { HostName, Reported, RolloutStatus } from "../../contract/index.ts";
import { whyText, wordFor } from "../../people/index.ts";
import { readReason } from "../../rollout/index.ts";
import type { HomeSight } from "./home-sight.ts";
import { sayReport, sayRollout } from "./narrate.ts";
import type { Tell } from "./tell.ts";

/** Tells what has changed since it looked last; what simulated hosts say is marked, line by line. */
export function narrator(tell: Tell, isSimulated: boolean): (sight: HomeSight) => void {
  const mark = isSimulated ? "SIMULATED " : "";
  const said = new Map<string, string>();
  const say = (who: string, what: string): void => {
    if (said.get(who) === what) return;
    said.set(who, what);
    tell(who, what);
  };
  return ({ reports, status }) => {
    for (const [host, report] of reports as ReadonlyMap<HostName, Reported>) {
      say(host, `${mark}${sayReport(report)}`);
    }
    if (status) say("hub", sayStatus(status));
  };
}

function sayStatus(status: RolloutStatus): string {
  const paused = status.paused
    .map(({ condition, why }) => {
      const reason = whyText(readReason(why), "en");
      return `${wordFor("pause", condition, "en")}${reason === "" ? "" : ` (${reason})`}`;
    })
    .join(", ");
  const waits = paused === "" ? "" : `; waits: ${paused}`;
  return `${status.title ?? "a release"}: ${sayRollout(status)}${waits}`;
}

import { MINUTE_MS } from "../support/contract-builders.ts";
import type { Deed } from "./story.ts";

/** What comes from outside, as the timeline tells it. A push is told by CI itself. */
export function deedText(deed: Exclude<Deed, { do: "push" }>): string {
  const lasting = "forMs" in deed ? ` for ${durationText(deed.forMs)}` : "";
  switch (deed.do) {
    case "kill-hub":
      return `the hub's process is killed, ${deed.steps} steps from now`;
    case "crash-broker":
      return `the broker crashes${lasting}${deed.losesRetained ? " and loses what it retained" : ""}`;
    case "cut-power":
      return `the power of ${deed.host} fails${lasting}`;
    case "kill-agent":
      return `the agent of ${deed.host} is killed`;
    case "kill-activator":
      return `the activator of ${deed.host} is killed, ${deed.steps} actions from now`;
    case "cut-line":
      return `the line of ${deed.who} is cut${lasting}`;
    case "sleep":
      return `${deed.host} is put to sleep${lasting}`;
    case "bad-network":
      return `the network duplicates and delays letters${lasting}`;
    case "wrong-clock": {
      const way = deed.byMs < 0 ? "behind" : "ahead";
      const noticed = deed.noticed ? "" : ", and nobody notices";
      return `the clock of ${deed.who} is ${durationText(Math.abs(deed.byMs))} ${way}${lasting}${noticed}`;
    }
    case "rebuild-by-hand":
      return `a person rebuilds ${deed.host} by hand`;
    case "sensor-dies":
      return `a sensor says nothing${lasting}`;
    case "switch":
      return `the switch on the wall is turned ${deed.on ? "on" : "off"}`;
    case "ask":
      return `a person asks: ${deed.what} (${deed.host})`;
    case "second-hub":
      return `a copy of the hub runs beside it${lasting}`;
    case "observe":
      return `${deed.host} only observes${lasting}`;
    case "other-agent":
      return `another deploy agent is enabled on ${deed.host}${lasting}`;
    case "mood":
      return deed.later
        ? `the person at ${deed.host} says later${lasting}`
        : `${deed.host}: ${JSON.stringify(deed.mood)}${lasting}`;
  }
}

function durationText(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

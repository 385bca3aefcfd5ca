import { type RolloutEvent, type RolloutState, stepsOf } from "../../src/rollout/index.ts";
import { live, type Moment } from "./random-home.ts";
import type { Story } from "./random-stories.ts";

/** A story as people read it: the plan, then one line for each event: when, what, where that leaves the hosts. */
export function toldStory(said: Story): string {
  const lines: string[] = [];
  live(said, (moment) => lines.push(lineOf(moment)));
  return [`plan ${JSON.stringify(said.plan)}`, ...lines].join("\n");
}

function lineOf({ event, reduction: { state, effects, ignored } }: Moment): string {
  const time = new Date(event.at).toISOString().slice(11, 16);
  const sent = effects.map((one) =>
    one.type === "Order"
      ? `${one.goal} to ${one.host}`
      : "host" in one
        ? `${one.type} ${one.host}`
        : one.type,
  );
  const what = ignored === null ? where(state) : "ignored";
  return `${time} ${eventText(event)} => ${what}${sent.length > 0 ? ` | ${sent.join(", ")}` : ""}`;
}

function eventText(event: RolloutEvent): string {
  if (event.type === "HostReported") {
    const { host, phase, outcome } = event.report;
    return `${host} reports ${outcome?.code ?? phase}${event.live ? "" : " (a retained copy)"}`;
  }
  if (event.type === "ReleaseVerified") return `release ${event.release.serial}`;
  const { type, at: _at, ...rest } = event;
  const words = Object.values(rest).filter((one) => typeof one === "string" && !one.includes("-"));
  return [type, ...words].join(" ");
}

function where(state: RolloutState): string {
  const { rollout } = state;
  if (!rollout) return "no rollout";
  const paused = rollout.paused.map(({ condition }) => condition).join("+");
  const steps = stepsOf(state).map((step) => `${step.host} ${step.state}`);
  return `${rollout.phase}${paused && ` (${paused})`}: ${steps.join(", ")}`;
}

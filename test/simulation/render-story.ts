import { styleText } from "node:util";
import type { Story } from "./story.ts";
import type { Telling } from "./tell-story.ts";

/** What was looked at in a story, and whether every rule held, for people. */
export function renderStory(story: Story, { looked, violation }: Telling): string {
  const tally = (counts: Record<string, number>): string =>
    Object.entries(counts)
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ") || "none";
  const rows = [
    ["home", `${story.hosts.join(", ")}; seed ${story.seed}, ${story.days} days`],
    ["happened", `${story.acts.length} things from outside`],
    ["rollouts", `${looked.rollouts}: ${tally(looked.completions)}`],
    ["hosts", `${looked.ends} ends: ${tally(looked.hostEnds)}`],
    ["looked at", `${looked.steps} steps of the hub, ${looked.crashes} of its restarts`],
    [
      "",
      `${looked.trials} trials, ${looked.commits} commits, ${looked.guarded} beginnings under rules`,
    ],
  ];
  const verdict = violation
    ? styleText("red", `A RULE DID NOT HOLD: ${violation.message}`)
    : styleText("green", "Every rule held, and nothing is stuck at the end.");
  const table = rows.map(([name, what]) => `${String(name).padEnd(10)} ${what}\n`).join("");
  return `\n${table}${verdict}\n`;
}

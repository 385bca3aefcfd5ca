import { styleText } from "node:util";
import type { Line } from "./home.ts";

const COLOURS = ["cyan", "green", "yellow", "magenta", "blue", "red"] as const;

/** The story as people read it: day and time, who, what; each actor in a colour of its own. */
export function renderTimeline(lines: readonly Line[]): string {
  const actors = [...new Set(lines.map(({ who }) => who))];
  const width = Math.max(0, ...actors.map((who) => who.length));
  return lines
    .map(({ at, who, what }) => {
      const when = new Date(at).toISOString().slice(5, 19).replace("T", " ");
      const colour = COLOURS[actors.indexOf(who) % COLOURS.length] ?? "white";
      return `${styleText("dim", when)}  ${styleText(colour, who.padEnd(width))}  ${what}\n`;
    })
    .join("");
}

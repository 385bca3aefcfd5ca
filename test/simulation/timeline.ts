import { styleText } from "node:util";
import type { Line } from "./home.ts";

const COLOURS = ["cyan", "green", "yellow", "magenta", "blue"] as const;
/** Acts from outside stand out: what follows is the machinery's answer. */
const OUTSIDE: ReadonlySet<string> = new Set(["*", "ci"]);

/**
 * The story as people read it: a heading for each day, the time (UTC), who, what; each actor in a colour of its own
 * where the terminal shows colours (NO_COLOR is respected).
 */
export function renderTimeline(lines: readonly Line[]): string {
  const actors = [...new Set(lines.map(({ who }) => who))].filter((who) => !OUTSIDE.has(who));
  const width = Math.max(2, ...actors.map((who) => who.length));
  let day = "";
  return lines
    .map(({ at, who, what }) => {
      const [date = "", time = ""] = new Date(at).toISOString().split("T");
      const heading = date === day ? "" : styleText("bold", `${day ? "\n" : ""}${dayText(at)}\n`);
      day = date;
      const name = who.padEnd(width);
      const colour = COLOURS[actors.indexOf(who) % COLOURS.length] ?? "white";
      const said = OUTSIDE.has(who)
        ? styleText("bold", `${name}  ${what}`)
        : `${styleText(colour, name)}  ${what}`;
      return `${heading}${styleText("dim", time.slice(0, 8))}  ${said}\n`;
    })
    .join("");
}

const dayText = (at: number): string =>
  new Date(at).toLocaleDateString("en-GB", {
    ...{ weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" },
  });

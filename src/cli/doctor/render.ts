import { readable } from "../../people/index.ts";
import type { Paint } from "../paint.ts";
import type { Examined } from "./examine.ts";

const MAX_LINE = 300;

/** One line for each check, and below a finding what to do about it. */
export function renderExamined(examined: readonly Examined[], paint: Paint): string {
  const width = Math.max(...examined.map(({ check }) => check.id.length)) + 2;
  const indent = " ".repeat(width + 2);
  const lines = examined.flatMap(({ check, answer }) => {
    const head = (sign: string): string => `${sign} ${check.id.padEnd(width)}`;
    if (answer.state === "ok") return [`${head(paint("good", "✓"))}${clean(answer.said)}`];
    if (answer.state === "unknown") {
      return [`${head(paint("quiet", "?"))}${paint("quiet", `not known: ${clean(answer.said)}`)}`];
    }
    const sign = check.weight === "wrong" ? paint("error", "✗") : paint("warn", "!");
    const [first = check.meaning, ...rest] = answer.said.map(clean);
    const wayOut = clean(answer.wayOut ?? check.wayOut);
    return [
      `${head(sign)}${first}`,
      ...rest.map((line) => `${indent}${line}`),
      `${indent}${paint("strong", `→ ${wayOut}`)}`,
    ];
  });
  return `${lines.join("\n")}\n`;
}

/** Hosts' own words must not redraw a terminal. */
const clean = (text: string): string => readable(text, MAX_LINE);

/** For scripts; ids and states are kept over versions, texts are not. */
export const examinedAsJson = (examined: readonly Examined[]): string =>
  `${JSON.stringify(
    {
      v: 1,
      checks: examined.map(({ check, answer }) => ({
        id: check.id,
        state: answer.state,
        weight: check.weight,
        said: typeof answer.said === "string" ? [answer.said] : answer.said,
        wayOut: answer.state === "found" ? (answer.wayOut ?? check.wayOut) : null,
      })),
    },
    null,
    2,
  )}\n`;

import type { RunEnd } from "./facts.ts";

/** How a program ended and the last it said, for people. */
export function runEndText(end: RunEnd, output: string, characters: number): string {
  const said = output.trim().slice(-characters);
  return said === "" ? endOf(end) : `${endOf(end)}: ${said}`;
}

function endOf(end: RunEnd): string {
  switch (end.kind) {
    case "exited":
      return `status ${end.status}`;
    case "too-slow":
      return "its time limit ended it";
    case "killed":
      return `killed by ${end.signal}`;
    case "not-started":
      return `not started: ${end.message}`;
  }
}

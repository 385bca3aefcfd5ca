import type { Demand, GateRow } from "./plan.ts";
import type { Decoded, Known, Reading } from "./reading.ts";

type Kind = Known["kind"];

/** The kinds of reading that can answer a demand. */
const ANSWERS: Readonly<Record<Demand, readonly Kind[]>> = {
  above: ["number"],
  "at-least": ["number"],
  below: ["number"],
  "at-most": ["number"],
  steady: ["number"],
  on: ["switch", "number"],
  off: ["switch", "number"],
  online: ["presence"],
  live: ["number", "switch", "presence"],
  "no-new-alert": ["alerts"],
};

/** What a payload has to say to a row: one reading, none (and why), or several that nobody chose between. */
export type Picked =
  | { readonly kind: "one"; readonly reading: Known }
  | { readonly kind: "no-news" }
  | { readonly kind: "absent"; readonly shown: string }
  | { readonly kind: "unreadable"; readonly shown: string };

/** The reading that a row's path means: the whole name, or its end ("Temperature" for "AM2301.Temperature"). */
export function pick(row: Pick<GateRow, "is" | "path">, decoded: Decoded): Picked {
  if (!decoded.ok) {
    const hasNoValue = decoded.code === "reading-not-finite"; // ESPHome's nan: the sensor is there, its value is not
    return { kind: hasNoValue ? "absent" : "unreadable", shown: decoded.message };
  }
  const answers = ANSWERS[row.is];
  const meant = decoded.readings.filter(({ name }) => isMeant(name, row.path));
  const fitting = meant.filter((one): one is Known => answers.some((kind) => kind === one.kind));
  const [reading, second] = fitting;
  if (reading === undefined) return nothing(row, meant, decoded.partial);
  if (second === undefined || row.is === "live") return { kind: "one", reading };
  const names = fitting.slice(0, 5).map(({ name }) => name);
  return {
    kind: "unreadable",
    shown: `${fitting.length} values fit, choose one: ${names.join(", ")}`,
  };
}

const isMeant = (name: string, path: string): boolean =>
  path === "" || name === path || name.endsWith(`.${path}`);

function nothing(row: Pick<GateRow, "path">, meant: readonly Reading[], partial: boolean): Picked {
  const unknown = meant.find(({ kind }) => kind === "unknown");
  if (unknown?.kind === "unknown") return { kind: "absent", shown: unknown.shown };
  const [other] = meant;
  if (other !== undefined) return { kind: "unreadable", shown: `a ${other.kind} is no answer` };
  if (partial) return { kind: "no-news" };
  return { kind: "absent", shown: row.path === "" ? "nothing" : `no ${row.path}` };
}

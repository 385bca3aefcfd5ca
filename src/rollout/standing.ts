import { HOST_STATES, type HostState, isBad, isTrial } from "./words.ts";

export type Standing = "done" | "wrong" | "active" | "waiting" | "out";

const KNOWN: ReadonlyMap<string, HostState> = new Map(HOST_STATES.map((state) => [state, state]));
const DONE: ReadonlySet<string> = new Set(["Succeeded", "AlreadyInstalled"]);
const OUT: ReadonlySet<string> = new Set(["Skipped", "Canceled"]);

/** Where a host stands in the eyes of people; a state that this program does not know is neither good nor bad. */
export function standing(state: string): Standing {
  const known = KNOWN.get(state);
  if (known === undefined) return "waiting";
  if (DONE.has(known)) return "done";
  if (OUT.has(known)) return "out";
  if (isBad(known)) return "wrong";
  return isTrial(known) || known === "Unknown" ? "active" : "waiting";
}

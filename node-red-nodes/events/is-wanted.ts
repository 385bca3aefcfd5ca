import type { Happened } from "../../src/conductor/index.ts";
import type { NodeConfig } from "../runtime/red.ts";

/** An empty choice of kinds means all of them. */
export function isWanted(config: NodeConfig, { announcement, notification }: Happened): boolean {
  if (config["only"] === "people" && notification === null) return false;
  const kinds = config["kinds"];
  return !Array.isArray(kinds) || kinds.length === 0 || kinds.includes(announcement.type);
}

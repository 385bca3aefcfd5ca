import { NixwaveError } from "../../src/contract/index.ts";

/** Who uses what; one process holds all fleets of a Node-RED. */
const holders = new Map<string, string>();

export interface Claim {
  /** Compared exactly. */
  readonly key: string;
  /** For the message, e.g. "the state folder /var/lib/nixwave". */
  readonly what: string;
}

/**
 * Takes everything for `holder`, or nothing: two hubs in one journal or under one presence would undo each
 * other's work.
 * @returns gives it back
 * @throws NixwaveError fleet-config-invalid
 */
export function claimAll(holder: string, claims: readonly Claim[]): () => void {
  for (const { key, what } of claims) {
    const other = holders.get(key);
    if (other === undefined || other === holder) continue;
    throw new NixwaveError("fleet-config-invalid", `the fleet node ${other} already uses ${what}`);
  }
  for (const { key } of claims) holders.set(key, holder);
  return () => {
    for (const { key } of claims) if (holders.get(key) === holder) holders.delete(key);
  };
}

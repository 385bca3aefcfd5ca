import type { Followed } from "../../src/cli/wait/followed.ts";
import type { ReleaseHeard, RolloutStatus } from "../../src/contract/index.ts";
import { parseHostName } from "../../src/contract/index.ts";
import { CHANNEL, HUB, NOON, ROLLOUT, serialAt } from "../support/contract-builders.ts";

export const digest = "a".repeat(64) as Followed["digest"];
export const serial = serialAt(0);
export const older = serialAt(-1000);
export const newer = serialAt(1000);

export const hosts = (states: Readonly<Record<string, string>>): RolloutStatus["hosts"] =>
  Object.entries(states).map(([host, said]) => {
    const [state = "", why = ""] = said.split(/: (.*)/);
    return { host: parseHostName(host), state, why };
  });

export const status = (differences: Partial<RolloutStatus>): RolloutStatus => ({
  ...{ v: 1, hub: HUB, rollout: ROLLOUT, channel: CHANNEL, serial, title: "bump" },
  ...{ phase: "Progressing", completion: null, paused: [], hosts: [], why: "", at: NOON },
  ...differences,
});

export const over = (completion: string, states: Readonly<Record<string, string>>, why = "") =>
  status({ phase: "Completed", completion, hosts: hosts(states), why });

export const paused = (condition: string, why: string, states: Readonly<Record<string, string>>) =>
  status({ paused: [{ condition, since: NOON, why }], hosts: hosts(states) });

export const heard = (differences: Partial<ReleaseHeard>): ReleaseHeard => ({
  ...{ v: 1, hub: HUB, digest, serial, state: "taken", recorded: null, refused: [], why: "" },
  ...{ at: NOON },
  ...differences,
});

export const followed = (differences: Partial<Followed>): Followed => ({
  ...{ digest, serial, isConnected: true, hub: "online", heard: heard({}), status: null },
  ...{ newest: serial, asleep: new Set(), past: null, hasBegun: false },
  ...differences,
});

export const GOOD = { rp4: "Succeeded", nuc: "AlreadyInstalled" };
export const asleep = new Set([parseHostName("x1")]);

export const past = (completion: string): Followed["past"] => ({
  ...{ rollout: ROLLOUT, serial, title: "bump", completion, done: 2, taking: 2 },
  ...{ wrong: completion === "Aborted" ? [parseHostName("rp4")] : [] },
  ...{ why: completion === "Aborted" ? "stopped by anna" : "", startedAt: NOON, endedAt: NOON },
});

/** What is known; the verdict; whether it is final; the exit status; words that it says. */
export type VerdictRow = readonly [string, Partial<Followed>, string, boolean, number, string];

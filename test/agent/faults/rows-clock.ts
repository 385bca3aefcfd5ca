import { NOON } from "../../support/contract-builders.ts";
import type { PlayedHost } from "../activator/played-host.ts";
import { LEASE_MS } from "../activator/stories.ts";
import { AT_ONCE, type FaultRow, NEW_KEPT, OLD_RUNS } from "./fault-row.ts";
import { ask, confirm, passLease, TICK_MS, toTrial } from "./scenes.ts";

const YEAR_MS = 365 * 86_400_000;
const refused = (code: string) => ({ ...OLD_RUNS, ...AT_ONCE, outcome: null, code }) as const;

/** The clock jumps by so much while the new system is on trial, and then the hub's commit comes. */
const jumped = (ms: number, isSynchronised: boolean) => async (host: PlayedHost) => {
  await toTrial(host);
  host.clockOffMs = ms;
  host.reality.isSynchronised = isSynchronised;
  await confirm(host);
};

/** The same with the real bundles under faketime: test/system/agent-clock.test.ts. */
export const ROWS_CLOCK: readonly FaultRow[] = [
  {
    ...{ fault: "the clock stands in 1970 and is taken for right", phase: "at acceptance" },
    ...refused("serial-in-future"),
    play: async (host) => {
      host.clockOffMs = -NOON;
      await ask(host, "trial", 1);
    },
  },
  {
    ...{ fault: "the clock is a year ahead: the statement has expired", phase: "at acceptance" },
    ...refused("statement-expired"),
    play: async (host) => {
      host.clockOffMs = YEAR_MS;
      await ask(host, "trial", 1, { notAfter: (NOON + 2 * YEAR_MS) as never });
    },
  },
  {
    ...{ fault: "the clock is a year ahead and nobody set it", phase: "at acceptance" },
    ...refused("clock-unsynchronised"),
    play: async (host) => {
      host.clockOffMs = YEAR_MS;
      host.reality.isSynchronised = false;
      await ask(host, "trial", 1);
    },
  },
  {
    ...{ fault: "the clock jumps a year ahead: the commit is stale", phase: "in trial" },
    ...{ ...OLD_RUNS, outcome: "rolled-back", code: "lease-expired" },
    ...{ safeWithinMs: LEASE_MS + TICK_MS, safeIn: "lease + 15 s" },
    play: async (host) => {
      await jumped(YEAR_MS, true)(host);
      await passLease(host);
    },
  },
  {
    ...{ fault: "the clock jumps a year ahead and is not synchronised", phase: "in trial" },
    ...{ ...NEW_KEPT, ...AT_ONCE },
    play: jumped(YEAR_MS, false),
  },
  {
    ...{ fault: "the clock jumps a year back", phase: "in trial" },
    ...{ ...NEW_KEPT, ...AT_ONCE },
    play: jumped(-YEAR_MS, true),
  },
];

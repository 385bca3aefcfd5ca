import { utf8 } from "../../support/contract-builders.ts";
import type { PlayedHost } from "../activator/played-host.ts";
import { LEASE_MS } from "../activator/stories.ts";
import { AT_ONCE, type FaultRow, OLD_RUNS } from "./fault-row.ts";
import { ask, BY_HAND, confirm, passLease, passTime, TICK_MS, toTrial } from "./scenes.ts";

const returned = (code: string) =>
  ({ ...OLD_RUNS, ...AT_ONCE, outcome: "rolled-back", code }) as const;
const LEASE = { safeWithinMs: LEASE_MS + TICK_MS, safeIn: "lease + 15 s" } as const;
const TICK = { safeWithinMs: TICK_MS, safeIn: "15 s after waking" } as const;

const afterTrial =
  (then: (host: PlayedHost) => Promise<void> | void) => async (host: PlayedHost) => {
    await toTrial(host);
    await then(host);
  };

export const ROWS_TRIAL: readonly FaultRow[] = [
  {
    ...{ fault: "the hub is gone for good", phase: "in trial" },
    ...{ ...returned("lease-expired"), ...LEASE },
    play: afterTrial((host) => passLease(host)),
  },
  {
    ...{
      fault: "the network is gone, or the agent does not start: no word comes",
      phase: "in trial",
    },
    ...{ ...returned("lease-expired"), ...LEASE },
    play: afterTrial((host) => passLease(host)),
  },
  {
    ...{ fault: "the activator is dead for good", phase: "in trial" },
    ...{ ...returned("lease-expired"), ...LEASE },
    play: afterTrial((host) => passLease(host, false)),
  },
  {
    ...{ fault: "power cut", phase: "in trial" },
    ...returned("power-lost"),
    play: afterTrial(async (host) => {
      host.losePower();
      await host.run();
    }),
  },
  {
    ...{ fault: "the host sleeps past its lease", phase: "in trial" },
    ...{ ...returned("lease-expired"), ...TICK },
    play: afterTrial(async (host) => {
      host.reality.bootMs += 8 * 3_600_000;
      host.markFault();
      await passTime(host, TICK_MS, false);
    }),
  },
  {
    ...{ fault: "a person switches to a system of their own", phase: "in trial" },
    ...{
      runs: "a person's",
      boots: "a person's",
      ...AT_ONCE,
      outcome: "taken-over",
      code: "person-acted",
    },
    play: afterTrial(async (host) => {
      Object.assign(host.reality, { current: BY_HAND, profile: BY_HAND, bootDefault: BY_HAND });
      await host.run();
    }),
  },
  {
    ...{ fault: "the commit comes after the deadline", phase: "in trial" },
    ...{ ...returned("lease-expired"), ...LEASE },
    play: afterTrial(async (host) => {
      host.reality.bootMs += LEASE_MS;
      await confirm(host);
    }),
  },
  {
    ...{ fault: "the commit comes over a session from before the activation", phase: "in trial" },
    ...{ runs: "new", boots: "old", ...AT_ONCE, outcome: null, code: "session-too-old" },
    play: async (host) => {
      host.reality.bootMs += 1000;
      host.markFault();
      await toTrial(host);
      await ask(host, "commit", 3);
    },
  },
  {
    ...{ fault: "the hub orders it back", phase: "in trial" },
    ...returned("revert-ordered"),
    play: afterTrial((host) => ask(host, "revert", 3)),
  },
  {
    ...{ fault: "an order for another attempt comes", phase: "in trial" },
    ...{ runs: "new", boots: "old", ...AT_ONCE, outcome: null, code: "attempt-open" },
    play: afterTrial((host) => ask(host, "trial", 3, { attempt: 2 })),
  },
  {
    ...{ fault: "the journal is damaged", phase: "in trial" },
    ...{ ...OLD_RUNS, ...LEASE, outcome: null, code: "host-memory-damaged" },
    play: afterTrial(async (host) => {
      await host.disk.write(host.places.journal, utf8("{"));
      await host.run();
      await passLease(host);
    }),
  },
];

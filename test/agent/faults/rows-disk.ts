import { NixwaveError } from "../../../src/contract/index.ts";
import type { PlayedHost } from "../activator/played-host.ts";
import { LEASE_MS } from "../activator/stories.ts";
import { AT_ONCE, type FaultRow, NEW_KEPT, OLD_RUNS } from "./fault-row.ts";
import { ask, confirm, TICK_MS, toTrial } from "./scenes.ts";

const RETURNED = {
  ...OLD_RUNS,
  outcome: "rolled-back",
  code: "lease-expired",
  safeWithinMs: LEASE_MS + TICK_MS,
  safeIn: "lease + 15 s",
} as const;

/** What is written from now on fails, until the returned function is called. */
function refuseWrites(host: PlayedHost, code: "ENOSPC" | "EROFS", isReserveEnough = false) {
  const before = host.disk.beforeChange;
  let isFreed: boolean = false;
  host.disk.beforeChange = (what) => {
    before(what);
    if (what === `remove ${host.places.reserve}`) isFreed = isReserveEnough;
    if (!what.startsWith("write ") || isFreed) return;
    throw Object.assign(new Error(`${code}: nothing can be written`), { code });
  };
  return () => {
    host.disk.beforeChange = before;
  };
}

/** systemd starts an activator again that could not write its memory down. */
const patiently = (deed: Promise<unknown>): Promise<unknown> =>
  deed.catch((error: NixwaveError) => {
    if (error.code !== "host-memory-unwritable") throw error;
  });

/** Nothing can be written while `meanwhile` and the lease pass; then there is space, and the host says how it ended. */
const withoutDisk =
  (code: "ENOSPC" | "EROFS", meanwhile: (host: PlayedHost) => Promise<void>) =>
  async (host: PlayedHost): Promise<void> => {
    await toTrial(host);
    const repair = refuseWrites(host, code);
    await patiently(meanwhile(host));
    while (host.reality.bootMs < 60_000 + LEASE_MS + TICK_MS) {
      host.reality.bootMs += TICK_MS;
      await host.deadman();
      if (host.reality.bootMs % 60_000 < TICK_MS) await patiently(host.run());
    }
    repair();
    await host.run();
  };

const nothing = (): Promise<void> => Promise.resolve();

export const ROWS_DISK: readonly FaultRow[] = [
  {
    ...{ fault: "the pull fills the disk", phase: "staging" },
    ...{ ...OLD_RUNS, ...AT_ONCE, outcome: "failed", code: "disk-full" },
    play: async (host) => {
      host.reality.pullFails = new NixwaveError("disk-full", "no space left");
      await ask(host, "stage", 1);
    },
  },
  {
    ...{ fault: "the disk is full, the host's reserve too: no trial begins", phase: "staged" },
    ...{ ...OLD_RUNS, ...AT_ONCE, outcome: null, code: null },
    play: async (host) => {
      await ask(host, "stage", 1);
      refuseWrites(host, "ENOSPC");
      await patiently(ask(host, "trial", 2));
    },
  },
  {
    ...{ fault: "the new system fills the disk, the host's reserve too", phase: "in trial" },
    ...RETURNED,
    play: withoutDisk("ENOSPC", nothing),
  },
  {
    ...{ fault: "the disk becomes read-only", phase: "in trial" },
    ...RETURNED,
    play: withoutDisk("EROFS", nothing),
  },
  {
    ...{ fault: "the disk is full, the reserve is enough", phase: "committing" },
    ...{ ...NEW_KEPT, ...AT_ONCE },
    play: async (host) => {
      await toTrial(host);
      refuseWrites(host, "ENOSPC", true);
      await confirm(host);
    },
  },
  {
    ...{ fault: "the disk is full, the reserve too: it is not kept", phase: "committing" },
    ...RETURNED,
    play: withoutDisk("ENOSPC", confirm),
  },
  {
    ...{ fault: "the disk is full, the reserve too: the deadman returns it", phase: "reverting" },
    ...RETURNED,
    play: withoutDisk("ENOSPC", (host) => ask(host, "revert", 3)),
  },
];

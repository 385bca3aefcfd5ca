import type { HomeSight, HomeWatch } from "../../src/cli/demo/home-sight.ts";
import {
  type HostName,
  type Progress,
  parseHostName,
  type Reported,
  type RolloutStatus,
} from "../../src/contract/index.ts";
import { CHANNEL, HUB, NOON, pathFor, ROLLOUT, reportedOf } from "../support/contract-builders.ts";

export const [rp4, rp3, x1, nuc] = ["rp4", "rp3", "x1", "nuc"].map(parseHostName) as [
  HostName,
  HostName,
  HostName,
  HostName,
];

/** The path that a host has in release `release` of these tests. */
export const pathIn = (host: HostName, release: number) => pathFor(`${host} ${release}`);

export const releaseOf = (path: string): number | null =>
  [0, 1, 2, 3].find((one) => [rp4, rp3, x1, nuc].some((host) => pathIn(host, one) === path)) ??
  null;

/** A host at rest that runs and boots its system of release `release`. */
export const reportIn = (
  host: HostName,
  release: number,
  differences: Partial<Reported> = {},
): Reported => {
  const path = pathIn(host, release);
  return reportedOf("old", {
    ...{ host, current: path, profile: path, target: path, rollout: ROLLOUT, attempt: 1 },
    ...differences,
  });
};

export const succeeded = { code: "succeeded", reason: null, message: "" } as const;
export const rolledBack = { code: "rolled-back", reason: "revert-ordered", message: "" } as const;

export const statusOf = (differences: Partial<RolloutStatus> = {}): RolloutStatus => ({
  ...{ v: 1, hub: HUB, rollout: ROLLOUT, channel: CHANNEL, serial: null, title: "1: all good" },
  ...{ phase: "Progressing", completion: null, paused: [], hosts: [], why: "", at: NOON },
  ...differences,
});

interface Sighted {
  readonly reports?: readonly Reported[];
  readonly progress?: readonly (readonly [HostName, Progress])[];
  readonly away?: readonly HostName[];
  readonly status?: RolloutStatus | null;
  readonly holds?: readonly string[];
}

/** What an operator sees; every host that has reported is here unless it is named as away. */
export const sightOf = (what: Sighted): HomeSight => {
  const { reports = [], progress = [], away = [], status = null, holds = [] } = what;
  const here = reports.map(({ host }) => host).filter((host) => !away.includes(host));
  return {
    reports: new Map(reports.map((report) => [report.host, report])),
    progress: new Map(progress),
    online: new Set(here),
    ...{ status, holds: new Set(holds) },
  };
};

/** A watch whose sight a test replaces; whoever waits looks again then. */
export function playedWatch(): HomeWatch & { show(sight: HomeSight): void } {
  let sight = sightOf({});
  const looks = new Set<() => void>();
  return {
    get sight() {
      return sight;
    },
    until: (isSo) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          try {
            if (!isSo(sight)) return;
            resolve();
          } catch (error) {
            reject(error);
          }
          looks.delete(look);
        };
        looks.add(look);
        look();
      }),
    onChange: () => undefined,
    close: () => Promise.resolve(),
    show(next) {
      sight = next;
      for (const look of [...looks]) look();
    },
  };
}

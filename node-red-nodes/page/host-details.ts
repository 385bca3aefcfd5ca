import type { HostView } from "../../src/conductor/index.ts";
import type { EpochMs } from "../../src/contract/index.ts";
import { formatBytes, formatWhen, type Home } from "../../src/people/index.ts";

/** What a staged system changes on one host, what it waits for, and what its own checks say; from its report alone. */
export function hostDetails({ host, reported, stepState }: HostView, now: EpochMs, home: Home) {
  const summary = reported?.summary ?? null;
  const waiting = reported?.waiting ?? null;
  return {
    host,
    summary: summary && {
      download: formatBytes(summary.downloadBytes, home.language),
      unpacked: formatBytes(summary.unpackedBytes, home.language),
      ...{ packages: summary.packages, packagesTotal: summary.packagesTotal },
      units: {
        ...{ restart: summary.restart, stop: summary.stop },
        ...{ start: summary.start, reload: summary.reload },
      },
      unitsTotal: summary.unitsTotal,
    },
    reboot:
      reported?.rebootRequired === true || stepState === "NeedsReboot"
        ? { reasons: reported?.rebootReasons ?? [], risk: reported?.bootRisk ?? null }
        : null,
    waiting: waiting && {
      text: waiting.message,
      until: waiting.until === null ? null : formatWhen(waiting.until, now, home),
    },
    probes: reported?.probes ?? [],
    drift: reported?.drift ?? [],
    free: reported ? formatBytes(reported.freeBytes, home.language) : null,
    heard: reported ? formatWhen(reported.at, now, home) : null,
  };
}

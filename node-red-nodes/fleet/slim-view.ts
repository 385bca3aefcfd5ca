import type { HostView, HubView } from "../../src/conductor/index.ts";
import type { EpochMs } from "../../src/contract/index.ts";
import { fleetWords, formatBytes, type Home, hostWords } from "../../src/people/index.ts";

/**
 * What a page shows of a fleet; small enough to be pushed once a second.
 * @param now what is said of time is said for then: the view is as old as the last change
 */
export function slimView(view: HubView, home: Home, now: EpochMs) {
  const { isConnected, isLearning } = view;
  const next = view.state.next?.release ?? null;
  const isFenced = view.state.fenced !== null;
  const situation = { ...view.situation, at: now };
  const reasons = new Map(situation.status?.hosts.map(({ host, why }) => [host, why]));
  return {
    ...{ at: now, isConnected, isLearning },
    status: view.status,
    zone: home.zone,
    groups: view.state.plan.groups.map(({ name, hosts }) => ({
      name,
      hosts: hosts.map(({ host }) => host),
    })),
    holds: situation.holds,
    trialEnds: situation.trialEnds,
    opensAt: situation.opensAt,
    next: next && { serial: next.serial, title: next.title },
    words: fleetWords({ situation, next, isConnected, isLearning, isFenced }, home),
    hosts: view.hosts.map((seen) => ({
      ...slimHost(seen, home),
      words: hostWords(
        {
          ...{
            ...seen,
            current: seen.reported?.current ?? null,
            wire: seen.reported?.wire ?? null,
          },
          why: reasons.get(seen.host) ?? null,
          online: seen.online || !isConnected, // nobody knows who is there
        },
        now,
        home,
      ),
    })),
    recovered: view.recovered,
  };
}

/** Of the last report only what a person asks about; the rest is a store path and its like. */
const slimHost = (seen: HostView, { language }: Home) => ({
  host: seen.host,
  online: seen.online,
  isLive: seen.isLive,
  running: seen.running,
  path: seen.reported?.current ?? null,
  freeBytes: seen.reported?.freeBytes ?? null,
  outcome: seen.reported?.outcome ?? null,
  progress: seen.progress,
  loaded:
    seen.progress &&
    [seen.progress.bytesDone, seen.progress.bytesTotal]
      .map((bytes) => formatBytes(bytes, language))
      .join(" / "),
  stepState: seen.stepState,
  drift: seen.drift,
  rebootNeeded: seen.rebootNeeded,
  isLocked: seen.isLocked,
});

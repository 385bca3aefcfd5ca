import type { HostView, HubView } from "../../src/conductor/index.ts";

/** What a sidebar shows of a fleet; small enough to be pushed once a second. */
export type FleetSight = ReturnType<typeof slimView>;

export const slimView = (view: HubView) => ({
  at: view.at,
  isConnected: view.isConnected,
  isLearning: view.isLearning,
  status: view.status,
  holds: view.situation.holds,
  trialEnds: view.situation.trialEnds,
  opensAt: view.situation.opensAt,
  hosts: view.hosts.map(slimHost),
  recovered: view.recovered,
});

/** Of the last report only what a person asks about; the rest is a store path and its like. */
const slimHost = (seen: HostView) => ({
  host: seen.host,
  online: seen.online,
  isLive: seen.isLive,
  running: seen.running,
  path: seen.reported?.current ?? null,
  freeBytes: seen.reported?.freeBytes ?? null,
  outcome: seen.reported?.outcome ?? null,
  progress: seen.progress,
  stepState: seen.stepState,
  drift: seen.drift,
  rebootNeeded: seen.rebootNeeded,
  isLocked: seen.isLocked,
});

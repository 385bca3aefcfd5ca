import type { HostView, HubView } from "../conductor/index.ts";
import { PAUSE_CONDITIONS } from "../rollout/index.ts";
import type { MetricName } from "./metrics.ts";

/** One number under one name; labels without `fleet`. */
export interface Sample {
  readonly metric: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NO_PART = "None";

/** How the fleet stands, as numbers. What nobody knows has no sample: a zero would be a lie. */
export function samplesOf(view: HubView, version: string): readonly Sample[] {
  return [...ofHub(view, version), ...ofRollout(view), ...view.hosts.flatMap(ofHost)];
}

const one = (
  metric: MetricName,
  value: number | boolean,
  labels: Sample["labels"] = {},
): Sample => ({ metric, labels, value: Number(value) });

/** Nothing where there is nothing to say. */
const some = (
  metric: MetricName,
  value: number | null | undefined,
  labels: Sample["labels"] = {},
): readonly Sample[] => (value === null || value === undefined ? [] : [one(metric, value, labels)]);

function ofHub({ isConnected, isLearning, state }: HubView, version: string): readonly Sample[] {
  const channel = state.rollout?.channel ?? state.next?.release.channel ?? "";
  return [
    one("nixwave_hub_info", 1, { version, channel }),
    one("nixwave_hub_connected", isConnected),
    one("nixwave_hub_learning", isLearning),
    one("nixwave_hub_fenced", state.fenced !== null),
    one("nixwave_hub_clock_synchronised", state.clockSynchronised),
    // A serial is the instant at which CI signed, in milliseconds.
    ...some("nixwave_newest_release_timestamp_seconds", secondsOrNull(state.newestSerial)),
  ];
}

function ofRollout({ state: { rollout, holds } }: HubView): readonly Sample[] {
  const paused = new Set(rollout?.paused.map(({ condition }) => condition));
  return [
    one("nixwave_rollout_active", rollout !== null && rollout.phase !== "Completed"),
    ...PAUSE_CONDITIONS.map((condition) =>
      one("nixwave_rollout_paused", paused.has(condition), { condition }),
    ),
    one("nixwave_holds", holds.length),
  ];
}

function ofHost(seen: HostView): readonly Sample[] {
  const { host, reported, running } = seen;
  const labels = { host };
  return [
    one("nixwave_host_state", 1, { host, state: seen.stepState ?? NO_PART }),
    one("nixwave_host_online", seen.online, labels),
    one("nixwave_host_drifted", seen.drift !== "none", labels),
    one("nixwave_host_locked", seen.isLocked, labels),
    one("nixwave_host_reboot_needed", seen.rebootNeeded, labels),
    ...some("nixwave_host_free_bytes", reported?.freeBytes, labels),
    ...some("nixwave_host_release_timestamp_seconds", secondsOrNull(running?.issued), labels),
    ...some("nixwave_host_report_timestamp_seconds", secondsOrNull(reported?.at), labels),
  ];
}

const secondsOrNull = (instantMs: number | undefined): number | null =>
  instantMs === undefined || instantMs === 0 ? null : instantMs / 1000;

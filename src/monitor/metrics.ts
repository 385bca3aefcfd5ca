interface MetricEntry {
  readonly kind: "gauge" | "counter" | "histogram";
  readonly help: string;
  /** Besides `fleet`, which stands on every sample. */
  readonly labels: readonly string[];
}

const entry = (
  kind: MetricEntry["kind"],
  help: string,
  labels: readonly string[] = [],
): MetricEntry => ({ kind, help, labels });

/**
 * Every metric of the hub, by Prometheus' conventions: base units, `_total` for counters, points in time instead of
 * ages (an age that is exported stands still when the exporter does). No label holds a rollout, a path or a text, so
 * that a home has some dozens of series. docs/monitoring.md repeats this table. Names are never changed.
 */
export const METRICS = {
  nixwave_hub_info: entry("gauge", "The hub that is scraped; always 1.", ["version", "channel"]),
  nixwave_hub_connected: entry("gauge", "1 while the hub is connected to the broker."),
  nixwave_hub_learning: entry(
    "gauge",
    "1 while a hub without a journal hears what the broker holds, and orders nothing.",
  ),
  nixwave_hub_fenced: entry("gauge", "1 while another hub orders these hosts, so this one stops."),
  nixwave_hub_clock_synchronised: entry("gauge", "1 while the hub's clock is synchronised."),
  nixwave_newest_release_timestamp_seconds: entry(
    "gauge",
    "When CI signed the newest release that the hub has seen; absent before the first.",
  ),
  nixwave_rollout_active: entry("gauge", "1 while a rollout is under way."),
  nixwave_rollout_paused: entry("gauge", "1 for each cause why nothing new starts.", ["condition"]),
  nixwave_holds: entry("gauge", "How many hold deployments now."),
  nixwave_host_state: entry(
    "gauge",
    "1 for where the host stands in the rollout under way or the last one; None: it takes no part.",
    ["host", "state"],
  ),
  nixwave_host_online: entry("gauge", "1 while the host's agent is connected to the broker.", [
    "host",
  ]),
  nixwave_host_drifted: entry("gauge", "1 while the host runs what nobody ordered.", ["host"]),
  nixwave_host_locked: entry("gauge", "1 while automation keeps away until a person looks.", [
    "host",
  ]),
  nixwave_host_reboot_needed: entry("gauge", "1 while the host needs a reboot.", ["host"]),
  nixwave_host_free_bytes: entry("gauge", "Free space of the host's store, as reported.", ["host"]),
  nixwave_host_release_timestamp_seconds: entry(
    "gauge",
    "When CI signed what the host runs; absent when no known release is that system.",
    ["host"],
  ),
  nixwave_host_report_timestamp_seconds: entry("gauge", "When the host last reported.", ["host"]),
  nixwave_rollouts_total: entry("counter", "Rollouts that ended, by how.", ["outcome"]),
  nixwave_attempts_total: entry("counter", "Hosts' turns that ended, by how.", ["outcome"]),
  nixwave_attempt_duration_seconds: entry(
    "histogram",
    "From a host's turn to its end; only turns that this process saw from their beginning.",
    ["outcome"],
  ),
  nixwave_gate_verdicts_total: entry("counter", "What sensor gates said.", ["place", "verdict"]),
  nixwave_orders_total: entry("counter", "Orders to hosts, repeats not counted.", ["goal"]),
  nixwave_requests_total: entry("counter", "What people and switches asked for.", [
    "verb",
    "accepted",
  ]),
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

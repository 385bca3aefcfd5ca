import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Decision, HubView } from "../conductor/index.ts";
import type { FleetName } from "../contract/index.ts";
import { METRIC_NAMES, METRICS, type MetricName } from "./metrics.ts";
import { samplesOf } from "./samples.ts";
import { Tally } from "./tally.ts";

/** From a host that has it already to a laptop on a slow line. */
const BUCKETS_SECONDS = [30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200];

/** One fleet's numbers as Prometheus reads them. */
export class MetricsPage {
  readonly #registry: Registry;
  readonly #version: string;
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #histograms = new Map<MetricName, Histogram>();
  readonly #tally = new Tally();

  private constructor(prometheus: typeof import("prom-client"), fleet: FleetName, version: string) {
    this.#version = version;
    const registry = new prometheus.Registry();
    this.#registry = registry;
    registry.setDefaultLabels({ fleet });
    for (const name of METRIC_NAMES) {
      const { kind, help, labels } = METRICS[name];
      const options = { name, help, labelNames: [...labels], registers: [registry] };
      if (kind === "gauge") this.#gauges.set(name, new prometheus.Gauge(options));
      else if (kind === "counter") this.#counters.set(name, new prometheus.Counter(options));
      else {
        const buckets = BUCKETS_SECONDS;
        this.#histograms.set(name, new prometheus.Histogram({ ...options, buckets }));
      }
    }
    for (const { metric, labels } of Tally.atZero) this.#counters.get(metric)?.inc(labels, 0);
  }

  /** The library is loaded for whoever asks for metrics only: most homes do not. */
  static async open(fleet: FleetName, version: string): Promise<MetricsPage> {
    return new MetricsPage(await import("prom-client"), fleet, version);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  decided(decision: Decision): void {
    for (const { metric, labels, value } of this.#tally.count(decision)) {
      this.#counters.get(metric)?.inc(labels, value);
      this.#histograms.get(metric)?.observe(labels, value);
    }
  }

  /** @param view null: the fleet is not open, so only counts are known */
  async text(view: HubView | null): Promise<string> {
    for (const gauge of this.#gauges.values()) gauge.reset();
    const samples = view ? samplesOf(view, this.#version) : [];
    for (const { metric, labels, value } of samples) this.#gauges.get(metric)?.set(labels, value);
    return await this.#registry.metrics();
  }
}

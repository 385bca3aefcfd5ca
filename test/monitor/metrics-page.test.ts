import { describe, expect, it } from "vitest";
import { MetricsPage } from "../../src/monitor/index.ts";
import { METRIC_NAMES, METRICS } from "../../src/monitor/metrics.ts";
import { samplesOf } from "../../src/monitor/samples.ts";
import { nuc, PlayedHome, rp4 } from "../conductor/played-home.ts";
import { FLEET, NOON, pathFor } from "../support/contract-builders.ts";
import { EVERY } from "./every-decision.ts";

describe("a fleet's metrics", () => {
  it("say how hub and hosts stand, and nothing of what nobody knows", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    home.report(rp4, { freeBytes: 7, rebootRequired: true });
    await home.clock.pass(1_000);
    const samples = samplesOf(hub.view, "0.1.0");
    const of = (metric: string, labels: object = {}) =>
      samples.find(
        (one) =>
          one.metric === metric && Object.entries(labels).every(([k, v]) => one.labels[k] === v),
      )?.value;
    expect(of("nixwave_hub_connected")).toBe(1);
    expect(of("nixwave_hub_fenced")).toBe(0);
    expect(of("nixwave_host_free_bytes", { host: "rp4" })).toBe(7);
    expect(of("nixwave_host_reboot_needed", { host: "rp4" })).toBe(1);
    expect(of("nixwave_host_report_timestamp_seconds", { host: "rp4" })).toBe(NOON / 1000);
    expect(of("nixwave_host_free_bytes", { host: "nuc" })).toBeUndefined();
    expect(of("nixwave_host_state", { host: "nuc", state: "None" })).toBe(1);
    expect(of("nixwave_newest_release_timestamp_seconds")).toBeUndefined();
  });

  it("stand under names and labels of the table, with a series for each host and state only", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    home.play(rp4);
    home.play(nuc);
    await home.clock.pass(60_000);
    const samples = samplesOf(hub.view, "0.1.0");
    for (const { metric, labels } of samples)
      expect(Object.keys(labels), metric).toEqual(METRICS[metric].labels);
    const perHost = samples.filter(({ labels }) => labels["host"] === "rp4").length;
    expect(perHost).toBeLessThanOrEqual(8);
    expect(samples.length).toBeLessThan(50);
  });

  it("are a page that names each metric with its help and kind, also while the fleet is not open", async () => {
    const page = await MetricsPage.open(FLEET, "0.1.0");
    page.decided(EVERY.StepStarted);
    page.decided(EVERY.HostEnded);
    const text = await page.text(null);
    for (const name of METRIC_NAMES) {
      expect(text).toContain(
        `# HELP ${name} ${METRICS[name].help}\n# TYPE ${name} ${METRICS[name].kind}\n`,
      );
    }
    expect(text).toContain(`nixwave_rollouts_total{outcome="Promoted",fleet="${FLEET}"} 0`);
    expect(text).toContain(
      `nixwave_attempt_duration_seconds_bucket{le="300",fleet="${FLEET}",outcome="RolledBack"} 1`,
    );
    expect(text).not.toContain(pathFor("new"));
  });

  it("forget a host that has left, and a state that is over", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const page = await MetricsPage.open(FLEET, "0.1.0");
    expect(await page.text(hub.view)).toContain('nixwave_host_online{host="nuc"');
    expect(await page.text(null)).not.toContain('host="nuc"');
  });
});

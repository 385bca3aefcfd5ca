export { logLine } from "./log-line.ts";
export { METRICS } from "./metrics.ts";
export { MetricsPage } from "./metrics-page.ts";

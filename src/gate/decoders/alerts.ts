import { ContractError } from "../../contract/index.ts";
import { isObject, type Json, type JsonObject, requireObject, shownJson } from "./leaves.ts";
import { changes, type Decoding, jsonOf, type Payload, whole } from "./payload.ts";
import { seriesName, seriesOf } from "./prometheus.ts";

/** A house with more firing alerts than this is not judged by counting new ones. */
const MAX_ALERTS = 1000;

/**
 * The firing alerts, from an `ALERTS` query or `/api/v1/alerts` of Prometheus, or from Alertmanager
 * (`/api/v2/alerts`, or its webhook, which names one group only). Pending and suppressed ones do not count.
 */
export function alerts(payload: Payload): Decoding {
  const json = jsonOf(payload);
  if (Array.isArray(json)) return whole(firing(named(json as readonly Json[], isActive)));
  const answer = requireObject(json, "the alerts");
  if (Array.isArray(answer["alerts"])) {
    return changes(firing(named(answer["alerts"] as readonly Json[], isFiring)));
  }
  const data = answer["data"];
  if (answer["status"] === "success" && isObject(data) && Array.isArray(data["alerts"])) {
    return whole(firing(named(data["alerts"] as readonly Json[], isFiring)));
  }
  return whole(
    firing(
      seriesOf(payload)
        .filter(({ labels }) => labels["alertstate"] === "firing")
        .map(({ labels }) => alertName(labels)),
    ),
  );
}

const byCodeUnit = (one: string, other: string): number => (one < other ? -1 : 1);

function firing(names: readonly string[]) {
  if (names.length > MAX_ALERTS) {
    throw new ContractError("reading-malformed", `more than ${MAX_ALERTS} firing alerts`);
  }
  return { kind: "alerts", name: "", firing: [...new Set(names)].sort(byCodeUnit) } as const;
}

function named(items: readonly Json[], counts: (alert: JsonObject) => boolean): string[] {
  return items
    .map((item) => requireObject(item, "an alert"))
    .filter(counts)
    .map(({ labels = null }) => alertName(requireObject(labels, "an alert's labels")));
}

/** Prometheus writes `state`, Alertmanager's webhook `status`. */
const isFiring = ({ state, status }: JsonObject): boolean => (state ?? status) === "firing";
const isActive = ({ status }: JsonObject): boolean =>
  isObject(status) && status["state"] === "active";

function alertName(labels: JsonObject): string {
  const { alertname = null, __name__: _metric, ...rest } = labels;
  if (typeof alertname !== "string") {
    throw new ContractError("reading-malformed", `an alert without a name: ${shownJson(labels)}`);
  }
  return seriesName({ ...rest, __name__: alertname });
}

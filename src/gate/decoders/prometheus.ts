import { ContractError, type EpochMs } from "../../contract/index.ts";
import type { Reading } from "../reading.ts";
import { isObject, type Json, type JsonObject, requireObject, shownJson } from "./leaves.ts";
import { type Decoding, jsonOf, type Payload, whole } from "./payload.ts";
import { numberOrWord } from "./words.ts";

/**
 * Answers of Prometheus' `/api/v1/query` and `/query_range`. An instant query may answer with a value
 * five minutes old under a fresh timestamp (its look-back); `metric[15m]` asked as an instant query
 * carries the true times of the samples, so that a dead exporter shows. Of a series the newest counts.
 */
export const prometheus = (payload: Payload): Decoding => whole(...seriesOf(payload).map(newestOf));

interface Series {
  readonly labels: JsonObject;
  readonly newest: Json;
}

/** @throws ContractError reading-malformed: Prometheus' own error text is repeated */
export function seriesOf(payload: Payload): readonly Series[] {
  const answer = requireObject(jsonOf(payload), "Prometheus' answer");
  const data = answer["data"];
  if (answer["status"] !== "success" || !isObject(data)) {
    throw new ContractError(
      "reading-malformed",
      `Prometheus answered ${shownJson(answer["error"] ?? answer)}`,
    );
  }
  const result = data["result"] ?? null;
  if (data["resultType"] === "scalar") return [{ labels: {}, newest: result }];
  if (!Array.isArray(result)) {
    throw new ContractError("reading-malformed", `Prometheus' result is ${shownJson(result)}`);
  }
  return (result as readonly Json[]).map(oneSeries);
}

function oneSeries(item: Json): Series {
  const { metric, value, values } = requireObject(item, "a series");
  const list = Array.isArray(values) ? (values as readonly Json[]) : [];
  return { labels: isObject(metric) ? metric : {}, newest: value ?? list.at(-1) ?? null };
}

function newestOf({ labels, newest }: Series): Reading {
  const [seconds, text] = Array.isArray(newest) ? (newest as readonly Json[]) : [];
  if (typeof seconds !== "number" || typeof text !== "string" || !(seconds >= 0)) {
    throw new ContractError("reading-malformed", `a sample is ${shownJson(newest)}`);
  }
  const reading = numberOrWord(seriesName(labels), text);
  const measuredAt = Math.round(seconds * 1000) as EpochMs;
  return { ...reading, measuredAt };
}

/** As Prometheus writes it: `up{instance="rp4:9100"}`, labels sorted. */
export function seriesName(labels: JsonObject): string {
  const { __name__: name = "", alertstate: _state, ...rest } = labels;
  const pairs = Object.entries(rest)
    .map(([key, value]) => `${key}=${shownJson(value)}`)
    .sort();
  return pairs.length === 0 ? String(name) : `${String(name)}{${pairs.join(",")}}`;
}

import { isObject, type JsonObject, leavesOf, requireObject } from "./leaves.ts";
import { type Decoding, jsonOf, lastLevel, type Payload, textOf, whole } from "./payload.ts";
import { word } from "./words.ts";

/**
 * Tasmota's `tele/T/SENSOR`, `STATE`, `LWT`, `stat/T/POWER`, `RESULT`, `STATUS8` and `STATUS10`. Its
 * `Time` is local and without a zone, so it never counts as the time of the reading.
 * FullTopic may reorder the levels; the last one stays.
 */
export function tasmota(payload: Payload): Decoding {
  const level = lastLevel(payload.topic);
  if (level === "LWT" || /^POWER\d*$/.test(level))
    return whole(word(level, textOf(payload).trim()));
  const { StatusSNS, ...plain } = requireObject(jsonOf(payload), `Tasmota's ${level}`);
  const { Time: _local, ...values }: JsonObject = isObject(StatusSNS) ? StatusSNS : plain;
  return whole(...leavesOf(values, ""));
}

import { leavesOf, requireObject } from "./leaves.ts";
import { type Decoding, jsonOf, type Payload, textOf, whole } from "./payload.ts";
import { word } from "./words.ts";

const SAYS_WHO_IS_THERE = /\/(?:availability|bridge\/state)$/;

/** A device's state, its `availability` and `bridge/state`; before 1.37 the last two were plain words. */
export function zigbee2mqtt(payload: Payload): Decoding {
  if (SAYS_WHO_IS_THERE.test(payload.topic)) {
    const text = textOf(payload).trim();
    if (!text.startsWith("{")) return whole(word("state", text));
  }
  return whole(...leavesOf(requireObject(jsonOf(payload), "Zigbee2MQTT's message"), ""));
}

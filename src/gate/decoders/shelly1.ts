import { leavesOf, requireObject } from "./leaves.ts";
import { type Decoding, jsonOf, lastLevel, type Payload, textOf, whole } from "./payload.ts";
import { numberOrWord, presenceWord } from "./words.ts";

/** First generation: `shellies/<id>/relay/0` (`on`, `off`), `.../power` and sensors (numbers), `online`, `info` (JSON). */
export function shelly1(payload: Payload): Decoding {
  const text = textOf(payload);
  if (lastLevel(payload.topic) === "online") return whole(presenceWord("online", text));
  if (!text.trimStart().startsWith("{")) return whole(numberOrWord("", text));
  return whole(...leavesOf(requireObject(jsonOf(payload), "Shelly's info"), ""));
}

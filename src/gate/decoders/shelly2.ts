import { ContractError } from "../../contract/index.ts";
import { isObject, type Json, leavesOf, requireObject, shownJson } from "./leaves.ts";
import {
  changes,
  type Decoding,
  jsonOf,
  lastLevel,
  type Payload,
  textOf,
  whole,
} from "./payload.ts";
import { presenceWord } from "./words.ts";

const COMPONENT = /\/status\/([a-z_]+(?::\d+)?)$/;

/**
 * Second generation and later: `online`, `status/<component>`, RPC replies, and `events/rpc`, whose
 * NotifyStatus frames carry only what changed: what they leave out is no news, neither good nor bad.
 */
export function shelly2(payload: Payload): Decoding {
  if (lastLevel(payload.topic) === "online") return whole(presenceWord("online", textOf(payload)));
  const json = requireObject(jsonOf(payload), "Shelly's message");
  const component = COMPONENT.exec(payload.topic)?.[1];
  if (component !== undefined) return whole(...leavesOf(json, component));
  if ("result" in json) return whole(...leavesOf(json["result"] as Json, ""));
  switch (json["method"]) {
    case "NotifyStatus":
      return changes(...leavesOf(valuesOf(json["params"]), ""));
    case "NotifyFullStatus":
      return whole(...leavesOf(valuesOf(json["params"]), ""));
    case "NotifyEvent":
      return changes();
    default:
      throw new ContractError(
        "reading-malformed",
        `a Shelly frame without values: ${shownJson(json["error"] ?? json)}`,
      );
  }
}

function valuesOf(params: Json | undefined): Json {
  if (!isObject(params)) {
    throw new ContractError("reading-malformed", "a Shelly notification without params");
  }
  const { ts: _sent, ...values } = params;
  return values;
}

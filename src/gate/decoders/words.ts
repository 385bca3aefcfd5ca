import { ContractError } from "../../contract/index.ts";
import type { Reading } from "../reading.ts";

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i;

/**
 * ON and OFF as Tasmota, ESPHome, Zigbee2MQTT and Shelly write them; anything else is unknown: an
 * unread word taken for OFF would call a running heater safe.
 */
export function word(name: string, text: string): Reading {
  switch (text.toLowerCase()) {
    case "on":
    case "true":
      return { kind: "switch", name, on: true };
    case "off":
    case "false":
      return { kind: "switch", name, on: false };
    case "online":
      return { kind: "presence", name, online: true };
    case "offline":
      return { kind: "presence", name, online: false };
    default:
      return { kind: "unknown", name, shown: text.slice(0, 60) };
  }
}

/**
 * A whole payload that is one number or one word.
 * @throws ContractError reading-not-finite
 */
export function numberOrWord(name: string, text: string): Reading {
  const trimmed = text.trim();
  const value = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (Number.isFinite(value)) return { kind: "number", name, value };
  if (NOT_FINITE.test(trimmed) || NUMBER.test(trimmed)) {
    throw new ContractError("reading-not-finite", `the value is ${trimmed.slice(0, 60)}`);
  }
  return word(name, trimmed);
}

/** `true` and `false` where a topic says whether a device is there (Shelly's `online`). */
export function presenceWord(name: string, text: string): Reading {
  const reading = word(name, text.trim());
  return reading.kind === "switch" ? { kind: "presence", name, online: reading.on } : reading;
}

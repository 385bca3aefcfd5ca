import type { ContractError } from "../contract/index.ts";
import { alerts } from "./decoders/alerts.ts";
import { esphome } from "./decoders/esphome.ts";
import { jsonPath } from "./decoders/json-path.ts";
import type { Decoding, Payload } from "./decoders/payload.ts";
import { plain } from "./decoders/plain.ts";
import { prometheus } from "./decoders/prometheus.ts";
import { shelly1 } from "./decoders/shelly1.ts";
import { shelly2 } from "./decoders/shelly2.ts";
import { tasmota } from "./decoders/tasmota.ts";
import { zigbee2mqtt } from "./decoders/zigbee2mqtt.ts";
import type { Decoded, Format } from "./reading.ts";

const DECODERS: Readonly<Record<Format, (payload: Payload) => Decoding>> = {
  tasmota,
  zigbee2mqtt,
  esphome,
  shelly1,
  shelly2,
  plain,
  json: jsonPath,
  prometheus,
  alerts,
};

/**
 * The readings of one payload, or a coded refusal: too-large, not-utf8, not-json, reading-malformed,
 * reading-not-finite, json-path-invalid. Throws nothing.
 * @param path only the `json` format needs it here; it picks the one value
 */
export function decode(format: Format, topic: string, bytes: Uint8Array, path = ""): Decoded {
  try {
    return { ok: true, ...DECODERS[format]({ topic, bytes, path }) };
  } catch (error) {
    const { code, message } = error as ContractError; // parsers throw nothing else
    return { ok: false, code, message };
  }
}

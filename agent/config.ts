import { type BrokerUrl, parseBrokerUrl } from "../src/bus/index.ts";
import {
  DEFAULT_BASE,
  type DurationMs,
  type HostTrust,
  NixwaveError,
  type PublicKey,
  parseChannel,
  parseDuration,
  parseFleetName,
  parseHostName,
  parseJson,
  parsePublicKey,
  parseSystemType,
  parseTopicBase,
  type TopicBase,
} from "../src/contract/index.ts";
import { type FieldReader, readFields } from "./config-fields.ts";

export interface AgentConfig {
  readonly trust: HostTrust;
  readonly broker: BrokerUrl;
  readonly base: TopicBase;
  /** The MQTT user is the host's name; null for a broker without passwords. */
  readonly passwordFile: string | null;
  readonly substituters: readonly string[];
  readonly cacheKeys: readonly PublicKey[];
  /** Where ratchet, journal and Nix's own cache live. */
  readonly stateDirectory: string;
  /** "/", or a folder that stands for it: then the store is `<root>/nix/store`. */
  readonly root: string;
  /** Thin: `assume` takes the machine's clock as synchronised. */
  readonly clock: "assume" | "unsynchronised";
  readonly pullLimit: DurationMs;
  readonly switchLimit: DurationMs;
}

const CONFIG_MAX_BYTES = 64 * 1024;
const ABSOLUTE = /^\/[^\0]{0,4000}$/;
const HTTP = /^(?:https?|file):\/\/[\x21-\x7e]{1,500}$/;

export const CONFIG_EXAMPLE = `{
  "host": "rp4", "fleet": "github:someone/homelab", "channel": "main", "system": "aarch64-linux",
  "broker": "mqtt://nuc.lan:1883", "passwordFile": "/run/keys/mqtt-rp4",
  "releaseKeys": ["ci-1:..."], "hubKeys": ["hub-1:..."],
  "substituters": ["https://someone.cachix.org"], "cacheKeys": ["someone.cachix.org-1:..."],
  "stateDirectory": "/nix/var/nixwave"
}`;

/**
 * Reads the agent's configuration: strict, every field at fault named at once.
 * @throws NixwaveError agent-config-invalid
 */
export function parseAgentConfig(bytes: Uint8Array, where: string): AgentConfig {
  const faults: string[] = [];
  try {
    const read = readFields(parseJson(bytes, CONFIG_MAX_BYTES), faults);
    const config = agentConfig(read);
    read.refuseUnknown();
    if (faults.length === 0) return config;
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    faults.push(error.message);
  }
  const message = `${where}: ${faults.join("; ")}`;
  throw new NixwaveError("agent-config-invalid", message, { where });
}

function agentConfig(read: FieldReader): AgentConfig {
  return {
    trust: hostTrust(read),
    broker: read.field("broker", parseBrokerUrl),
    base: read.optional("base", parseTopicBase, DEFAULT_BASE),
    passwordFile: read.optional<string | null>("passwordFile", matching(ABSOLUTE), null),
    substituters: read.list("substituters", matching(HTTP)),
    cacheKeys: read.list("cacheKeys", parsePublicKey),
    stateDirectory: read.field("stateDirectory", matching(ABSOLUTE)),
    root: read.optional("root", matching(ABSOLUTE), "/"),
    clock: read.optional("clock", oneOf("assume", "unsynchronised"), "assume"),
    pullLimit: read.optional("pullLimit", parseDuration, parseDuration("2h")),
    switchLimit: read.optional("switchLimit", parseDuration, parseDuration("15m")),
  };
}

function hostTrust(read: FieldReader): HostTrust {
  return {
    fleet: read.field("fleet", parseFleetName),
    host: read.field("host", parseHostName),
    channel: read.field("channel", parseChannel),
    system: read.field("system", parseSystemType),
    releaseKeys: {
      keys: read.list("releaseKeys", parsePublicKey),
      threshold: read.wholeNumber("releaseThreshold", 1, 8, 1),
    },
    hubKeys: { keys: read.list("hubKeys", parsePublicKey), threshold: 1 },
    epoch: read.wholeNumber("trustEpoch", 1, 1_000_000, 1),
    serialFloor: read.wholeNumber("serialFloor", 0, Number.MAX_SAFE_INTEGER, 0),
    rollbackWindow: read.optional("rollbackWindow", parseDuration, parseDuration("30d")),
  };
}

const matching = (pattern: RegExp) => (text: string) => {
  if (!pattern.test(text)) {
    const message = `${JSON.stringify(text.slice(0, 80))} does not have the form ${pattern.source}`;
    throw new NixwaveError("invalid-field", message);
  }
  return text;
};

const oneOf =
  <const T extends string>(...words: readonly T[]) =>
  (text: string): T => {
    const word = words.find((one) => one === text);
    if (word === undefined) {
      const message = `${JSON.stringify(text.slice(0, 80))} is not ${words.join(" or ")}`;
      throw new NixwaveError("invalid-field", message);
    }
    return word;
  };

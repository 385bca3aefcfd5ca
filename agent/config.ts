import { type BrokerUrl, brokerEndpoint, parseBrokerUrl } from "../src/bus/index.ts";
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
import { durationBetween, matching, oneOf, timeZone } from "./config-words.ts";
import { type Guards, parseGuards } from "./decide/guards.ts";
import { nestedFields, textBy } from "./nested-fields.ts";
import {
  type ProbePlan,
  parseProbes,
  parseWitness,
  type WitnessPlan,
} from "./probe/probe-config.ts";

/** What one file says to agent and activator alike; NixOS writes it. Durations in ms. */
export interface AgentConfig {
  readonly trust: HostTrust;
  /** Observe: stage, report and say what would have happened, never try. */
  readonly mode: "active" | "observe";
  readonly broker: BrokerUrl;
  readonly base: TopicBase;
  /** The MQTT user is the host's name; null for a broker without passwords. */
  readonly passwordFile: string | null;
  /** PEM files, for mqtts:// and wss:// only. */
  readonly tls: TlsFiles;
  readonly substituters: readonly string[];
  readonly cacheKeys: readonly PublicKey[];
  /** Logins of private caches. */
  readonly netrcFile: string | null;
  /** PEM: authorities trusted beside the public ones by caches and probes; the broker has its own, `tls`. */
  readonly caFile: string | null;
  /** Downloads at a time; null: by the host's memory. */
  readonly pullJobs: number | null;
  readonly pullLimit: DurationMs;
  /** A pull that makes no progress for so long is begun again. */
  readonly stallLimit: DurationMs;
  readonly switchLimit: DurationMs;
  /** For all probes together. */
  readonly probeLimit: DurationMs;
  /** How long what `nixwave-agent apply` tries may run unconfirmed. */
  readonly lease: DurationMs;
  readonly probes: readonly ProbePlan[];
  readonly witness: readonly WitnessPlan[];
  readonly guards: Guards;
  /** Of the guards' windows, such as "Europe/Berlin"; null: the system's own. */
  readonly timeZone: string | null;
  /** A revert that fails may reboot once into the old boot default (DESIGN 7). */
  readonly rebootToRecover: boolean;
  /** Lines of activation output go to the broker. */
  readonly publishLog: boolean;
  /** "/", or a folder that stands for it: then the store is `<root>/nix/store`. */
  readonly root: string;
  /** `assume` takes the machine's clock as synchronised. */
  readonly clock: "system" | "assume";
}

export interface TlsFiles {
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

const CONFIG_MAX_BYTES = 64 * 1024;
const ABSOLUTE = matching(/^\/[^\0]{0,4000}$/, "an absolute path");
const CACHE = matching(/^(?:https?|file):\/\/[\x21-\x7e]{1,500}$/, "an http, https or file URL");

export const CONFIG_EXAMPLE = `{
  "host": "rp4", "fleet": "github:someone/homelab", "channel": "main", "system": "aarch64-linux",
  "broker": "mqtts://nuc.lan:8883", "passwordFile": "/run/keys/mqtt-rp4",
  "tls": { "caFile": "/etc/nixwave/home-ca.pem" },
  "releaseKeys": ["ci-1:..."], "hubKeys": ["hub-1:..."],
  "substituters": ["https://someone.cachix.org"], "cacheKeys": ["someone.cachix.org-1:..."],
  "probes": [{ "name": "Web", "kind": "http", "url": "http://localhost:8080/" }],
  "guards": { "window": [{ "from": "22:00", "to": "06:00" }] }
}`;

/**
 * Reads the configuration: strict, every field at fault named at once.
 * @throws NixwaveError agent-config-invalid
 */
export function parseAgentConfig(bytes: Uint8Array, where: string): AgentConfig {
  const faults: string[] = [];
  try {
    const read = readFields(parseJson(bytes, CONFIG_MAX_BYTES), faults);
    const config = agentConfig(read, faults);
    read.refuseUnknown();
    if (faults.length === 0) return config;
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    faults.push(`${error.message}${placeOf(error, bytes)}`);
  }
  const [only] = faults;
  const message =
    faults.length === 1
      ? `${where}: ${only}`
      : `${where} has ${faults.length} faults:\n  ${faults.join("\n  ")}`;
  throw new NixwaveError("agent-config-invalid", message, { where });
}

/** Where JSON.parse stopped; the rest of its words quotes the file. */
function placeOf({ code, cause }: NixwaveError, bytes: Uint8Array): string {
  if (code !== "not-json" || !(cause instanceof Error)) return "";
  const [, position] = /\bposition (\d+)/.exec(cause.message) ?? [];
  if (position === undefined) return "";
  const lines = Buffer.from(bytes).toString("utf8").slice(0, Number(position)).split("\n");
  return ` from line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1} on`;
}

function agentConfig(read: FieldReader, faults: string[]): AgentConfig {
  const root = read.optional<string | undefined>("root", ABSOLUTE, "/") ?? "/";
  const trust = hostTrust(read);
  return {
    trust,
    mode: read.optional("mode", oneOf("active", "observe"), "active"),
    ...brokerOf(read, faults),
    substituters: read.list("substituters", CACHE),
    cacheKeys: read.list("cacheKeys", parsePublicKey),
    netrcFile: read.optional<string | null>("netrcFile", ABSOLUTE, null),
    caFile: read.optional<string | null>("caFile", ABSOLUTE, null),
    pullJobs: read.raw("pullJobs") === undefined ? null : read.wholeNumber("pullJobs", 1, 64, 1),
    ...limitsOf(read),
    probes: parseProbes(read.raw("probes"), faults),
    witness: witnessOf(read, trust, faults),
    guards: parseGuards(read.raw("guards"), faults),
    timeZone: read.optional<string | null>("timeZone", timeZone, null),
    rebootToRecover: read.flag("rebootToRecover", true),
    publishLog: read.flag("publishLog", false),
    root,
    // Where a folder stands for a host, the machine's own clock is the only one there is.
    clock: read.optional("clock", oneOf("system", "assume"), root === "/" ? "system" : "assume"),
  };
}

/** A host that runs cannot see itself from outside: as its own witness it would vouch for itself. */
function witnessOf(read: FieldReader, { host }: HostTrust, faults: string[]) {
  const before = faults.length;
  const plans = parseWitness(read.raw("witness"), faults);
  if (faults.length === before && plans.some((plan) => plan.host === host)) {
    read.fault("witness", `names ${host}, which is this host itself`);
  }
  return plans;
}

function brokerOf(read: FieldReader, faults: string[]) {
  const broker = read.field<BrokerUrl | undefined>("broker", parseBrokerUrl);
  const given = read.raw("tls");
  const tls = tlsFiles(given, faults);
  const isSecure = broker !== undefined && /^(?:mqtts|wss)$/.test(brokerEndpoint(broker).protocol);
  if (given !== undefined && broker !== undefined && !isSecure) {
    read.fault("tls", `is of no use with ${broker}: only mqtts:// and wss:// are encrypted`);
  }
  return {
    ...{
      broker: broker as BrokerUrl,
      tls,
      base: read.optional("base", parseTopicBase, DEFAULT_BASE),
    },
    passwordFile: read.optional<string | null>("passwordFile", ABSOLUTE, null),
  };
}

function tlsFiles(given: unknown, faults: string[]): TlsFiles {
  const fields = nestedFields(given ?? {}, "tls", faults);
  const file = (name: string) => fields.optional<string | null>(name, textBy(ABSOLUTE), null);
  const tls = { caFile: file("caFile"), certFile: file("certFile"), keyFile: file("keyFile") };
  fields.refuseUnknown();
  if ((tls.certFile === null) !== (tls.keyFile === null)) {
    faults.push(`"tls": certFile and keyFile belong together`);
  }
  return tls;
}

const limitsOf = (read: FieldReader) => ({
  pullLimit: read.optional("pullLimit", durationBetween("1s", "7d"), parseDuration("2h")),
  stallLimit: read.optional("stallLimit", durationBetween("1s", "1d"), parseDuration("5m")),
  switchLimit: read.optional("switchLimit", durationBetween("1s", "1d"), parseDuration("15m")),
  probeLimit: read.optional("probeLimit", durationBetween("1s", "1h"), parseDuration("2m")),
  lease: read.optional("lease", durationBetween("1m", "1d"), parseDuration("10m")),
});

function hostTrust(read: FieldReader): HostTrust {
  const trust = readTrust(read);
  // What a faulty key yields is undefined.
  const material = ({ keys }: HostTrust["hubKeys"]): readonly string[] =>
    (keys ?? []).flatMap((key: PublicKey | undefined) => key?.material ?? []);
  const releaseKeys = new Set(material(trust.releaseKeys));
  const { threshold } = trust.releaseKeys;
  if (releaseKeys.size > 0 && threshold > releaseKeys.size) {
    const there = releaseKeys.size === 1 ? "is 1 key" : `are ${releaseKeys.size} keys`;
    read.fault("releaseThreshold", `asks for ${threshold} signatures, and there ${there}`);
  }
  if (material(trust.hubKeys).some((key) => releaseKeys.has(key))) {
    read.fault("hubKeys", "has a key of releaseKeys: who says when must not say what");
  }
  return trust;
}

function readTrust(read: FieldReader): HostTrust {
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

import { join, resolve } from "node:path";
import type { HomeAssistantOptions } from "../../src/conductor/index.ts";
import {
  type Channel,
  DEFAULT_BASE,
  type FleetName,
  NixwaveError,
  type PublicKey,
  parseChannel,
  parseFleetName,
  parseHostName,
  parsePublicKey,
  parseTopicBase,
  parseUserName,
  type TopicBase,
  type TrustedKeys,
} from "../../src/contract/index.ts";
import { type Home, parseLanguage, parseTimeZone, type TimeZone } from "../../src/people/index.ts";
import { type Plan, parsePlan } from "../../src/rollout/index.ts";
import type { NodeConfig } from "../runtime/red.ts";
import { migrateFleet } from "./migrations.ts";

/** What the fleet's dialog holds, read strictly. */
export interface FleetConfig {
  /** The id of one of Node-RED's own mqtt-broker nodes. */
  readonly mqttBroker: string;
  readonly base: TopicBase;
  readonly fleet: FleetName;
  readonly channel: Channel;
  /** One host after the other, in the order of the rows; the rollout node may say more. */
  readonly plan: Plan;
  readonly releaseKeys: TrustedKeys;
  readonly home: Home;
  /** Null unless it is ticked. */
  readonly homeAssistant: Pick<HomeAssistantOptions, "prefix" | "operator"> | null;
  /** Whether Prometheus may read how the fleet stands. */
  readonly metrics: boolean;
  /** Absolute: journal, history and, unless it is given, the hub's key. */
  readonly stateFolder: string;
  /** Where an older version kept the hub's key. */
  readonly hubKeyFile: string | null;
}

const ABSOLUTE = /^\/[^\0]{0,4000}$/;
/** Such as "../journal": what lies with Node-RED's own folder is moved, and restored, with it. */
const RELATIVE = /^\.{1,2}\/[^\0]{0,4000}$/;

/**
 * @param userDirectory Node-RED's own folder, below which state lies when the dialog names no place
 * @throws NixwaveError fleet-config-invalid, naming every field at fault
 */
export function parseFleetConfig(stored: NodeConfig, userDirectory: string): FleetConfig {
  const fields = migrateFleet(stored);
  const faults: string[] = [];
  const read = <T>(name: string, parse: (value: unknown) => T): T => {
    try {
      return parse(fields[name]);
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      faults.push(`${name}: ${error.message}`);
      return undefined as T; // never seen: faults are thrown below
    }
  };
  const fleet = read("fleet", words(parseFleetName));
  const config: FleetConfig = {
    fleet,
    mqttBroker: read("mqttBroker", (id) => brokerId(id, fields["broker"])),
    base: read("base", optional(parseTopicBase, DEFAULT_BASE)),
    channel: read("channel", words(parseChannel)),
    plan: read("hosts", hostRows),
    releaseKeys: {
      keys: read("releaseKeys", words(publicKeys)),
      threshold: read("threshold", threshold),
    },
    home: {
      language: read("language", optional(parseLanguage, "en")),
      zone: read("zone", zoneOf),
    },
    metrics: fields["metrics"] === true,
    homeAssistant: homeAssistantOf(fields["homeAssistant"], {
      prefix: read("haPrefix", optional(parseDiscoveryPrefix, DEFAULT_PREFIX)),
      operator: read("haOperator", optional(parseUserName, null)),
    }),
    stateFolder: read(
      "stateFolder",
      optional(folderFrom(userDirectory), defaultFolder(userDirectory, fleet)),
    ),
    hubKeyFile: read("hubKeyFile", optional(absolutePath, null)),
  };
  refuseTooFewKeys(config.releaseKeys, faults);
  if (faults.length > 0) throw new NixwaveError("fleet-config-invalid", faults.join("; "));
  return config;
}

const DEFAULT_PREFIX = "homeassistant";
/** Below the wire's own base nothing of others may stand. */
const PREFIX = /^[A-Za-z0-9_-]{1,63}(?:\/[A-Za-z0-9_-]{1,63}){0,3}$/;

function parseDiscoveryPrefix(text: string): string {
  if (PREFIX.test(text)) return text;
  const why = `${JSON.stringify(text.slice(0, 80))} is not 1 to 4 levels of A-Z, a-z, 0-9, '_' and '-'`;
  throw new NixwaveError("invalid-field", why);
}

const homeAssistantOf = <T>(ticked: unknown, options: T): T | null =>
  ticked === true ? options : null;

/** A name such as "github:someone/homelab" is one folder. */
const defaultFolder = (userDirectory: string, fleet: string | undefined): string =>
  join(userDirectory, "nixwave", encodeURIComponent(fleet ?? ""));

/** The fleet's own time zone; the computer's where the dialog names none. @throws NixwaveError time-zone-unknown */
export const zoneOf = (zone: unknown): TimeZone => parseTimeZone(textOr(zone, "") || systemZone());

/** Not asked for without need: a process's first date format takes 20 ms. */
const systemZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

const textOr = (value: unknown, otherwise: string): string =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : otherwise;

const words =
  <T>(parse: (text: string) => T) =>
  (value: unknown): T => {
    if (typeof value !== "string") throw new NixwaveError("invalid-field", "is missing");
    return parse(value.trim());
  };

const optional =
  <T, U>(parse: (text: string) => T, otherwise: U) =>
  (value: unknown): T | U => {
    if (value === undefined || value === null) return otherwise;
    return words((text) => (text === "" ? otherwise : parse(text)))(value);
  };

function brokerId(id: unknown, oldUrl: unknown): string {
  if (typeof id === "string" && id !== "") return id;
  const hint = typeof oldUrl === "string" && !oldUrl.includes("@") ? `, which was ${oldUrl}` : "";
  throw new NixwaveError("invalid-field", `choose one of Node-RED's mqtt-broker nodes${hint}`);
}

function hostRows(value: unknown): Plan {
  if (!Array.isArray(value) || value.length === 0) {
    throw new NixwaveError("invalid-field", "names no host");
  }
  const names = value.map((row: unknown) => Object(row)["host"] as unknown);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new NixwaveError("invalid-field", `${JSON.stringify(repeated)} is there twice`);
  }
  for (const name of names) words(parseHostName)(name);
  return parsePlan({ hosts: value });
}

function publicKeys(text: string): readonly PublicKey[] {
  const lines = text.split(/[\s,]+/).filter((line) => line !== "");
  if (lines.length === 0) throw new NixwaveError("invalid-field", "names no key");
  return lines.map(parsePublicKey);
}

function threshold(value: unknown): number {
  const text = String(value ?? "1").trim();
  if (!/^[1-8]$/.test(text)) throw new NixwaveError("invalid-field", "is not 1 to 8");
  return Number(text);
}

/** One material under two names is one key. */
function refuseTooFewKeys({ keys, threshold: wanted }: TrustedKeys, faults: string[]): void {
  if (!keys || !wanted) return; // already at fault
  const distinct = new Set(keys.map(({ material }) => material)).size;
  if (distinct < keys.length) faults.push("releaseKeys: one key is there twice");
  if (distinct < wanted) faults.push(`threshold: ${wanted} signatures of ${distinct} keys`);
}

const folderFrom =
  (userDirectory: string) =>
  (text: string): string =>
    RELATIVE.test(text) ? resolve(userDirectory, text) : absolutePath(text);

function absolutePath(text: string): string {
  if (ABSOLUTE.test(text)) return text;
  throw new NixwaveError("invalid-field", `${JSON.stringify(text)} is not an absolute path`);
}

import { type BrokerUrl, parseBrokerUrl } from "../../src/bus/index.ts";
import {
  type Channel,
  type FleetName,
  type HostName,
  NixwaveError,
  parseChannel,
  parseFleetName,
  parseHostName,
  parsePublicKey,
  parseTopicBase,
  parseUserName,
  type TopicBase,
  type TrustedKeys,
  type UserName,
} from "../../src/contract/index.ts";
import type { NodeConfig } from "../runtime/red.ts";

/** What the fleet's dialog holds, read strictly. */
export interface FleetConfig {
  readonly broker: BrokerUrl;
  readonly base: TopicBase;
  /** Null for a broker without passwords. */
  readonly user: UserName | null;
  readonly passwordFile: string | null;
  /** The key that signs orders; the hosts know its public half. */
  readonly hubKeyFile: string;
  readonly fleet: FleetName;
  readonly channel: Channel;
  /** In the order in which they go. */
  readonly hosts: readonly HostName[];
  readonly releaseKeys: TrustedKeys;
}

const ABSOLUTE = /^\/[^\0]{0,4000}$/;

/** @throws NixwaveError fleet-config-invalid, naming every field at fault */
export function parseFleetConfig(fields: NodeConfig): FleetConfig {
  const faults: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T): T => {
    try {
      const text = fields[name];
      if (typeof text !== "string") throw new NixwaveError("invalid-field", "is missing");
      return parse(text.trim());
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      faults.push(`${name}: ${error.message}`);
      return undefined as T; // never seen: faults are thrown below
    }
  };
  const config: FleetConfig = {
    broker: read("broker", parseBrokerUrl),
    base: read("base", parseTopicBase),
    user: read("user", orNull(parseUserName)),
    passwordFile: read("passwordFile", orNull(absolutePath)),
    hubKeyFile: read("hubKeyFile", absolutePath),
    fleet: read("fleet", parseFleetName),
    channel: read("channel", parseChannel),
    hosts: read("hosts", eachOf(parseHostName)),
    releaseKeys: {
      keys: read("releaseKeys", eachOf(parsePublicKey)),
      threshold: read("threshold", threshold),
    },
  };
  if (faults.length > 0) throw new NixwaveError("fleet-config-invalid", faults.join("; "));
  return config;
}

const orNull =
  <T>(parse: (text: string) => T) =>
  (text: string): T | null =>
    text === "" ? null : parse(text);

/** One per line, or separated by commas; at least one, none twice. */
const eachOf =
  <T>(parse: (text: string) => T) =>
  (text: string): readonly T[] => {
    const words = text.split(/[\s,]+/).filter((word) => word !== "");
    if (words.length === 0) throw new NixwaveError("invalid-field", "names nothing");
    if (new Set(words).size < words.length)
      throw new NixwaveError("invalid-field", "repeats itself");
    return words.map(parse);
  };

function absolutePath(text: string): string {
  if (!ABSOLUTE.test(text)) {
    throw new NixwaveError("invalid-field", `${JSON.stringify(text)} is not an absolute path`);
  }
  return text;
}

function threshold(text: string): number {
  if (!/^[1-8]$/.test(text)) throw new NixwaveError("invalid-field", "is not 1 to 8");
  return Number(text);
}

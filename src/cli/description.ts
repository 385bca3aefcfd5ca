import {
  ContractError,
  type HostName,
  type NarHash,
  NixwaveError,
  parseHostName,
  parseNarHash,
  parseStorePath,
  parseStrictJson,
  parseSystemType,
  type StorePath,
  type SystemType,
} from "../contract/index.ts";
import { compareText } from "./compare-text.ts";

export const DESCRIPTION_MAX_BYTES = 512 * 1024;

/** What one host shall run, as read from the store that has it. */
export interface DescribedHost {
  readonly host: HostName;
  readonly storePath: StorePath;
  readonly narHash: NarHash;
  readonly system: SystemType;
}
/** Hosts in the order of their names; not signed, never published. */
export type Description = readonly DescribedHost[];

/** `{"v": 1, "hosts": {"nuc": {"storePath", "narHash", "system"}}}`, so that two CI jobs can pass it on. */
export function formatDescription(description: Description): string {
  const hosts = Object.fromEntries(description.map(({ host, ...facts }) => [host, facts]));
  return `${JSON.stringify({ v: 1, hosts }, null, 2)}\n`;
}

/**
 * @throws NixwaveError invalid-field naming the place | release-empty | invalid-host-name |
 *   invalid-store-path | invalid-name, or a code of parseStrictJson
 */
export function parseDescription(bytes: Uint8Array): Description {
  const value = parseStrictJson(bytes, DESCRIPTION_MAX_BYTES);
  const { v, hosts } = exactly(value, ["v", "hosts"], "");
  if (v !== 1) throw field("/v", "must be 1; `nixwave describe` writes descriptions");
  if (!isObject(hosts)) throw field("/hosts", "must be an object");
  const names = Object.keys(hosts).sort(compareText);
  if (names.length === 0) throw new NixwaveError("release-empty", "the description names no host");
  return names.map((name) => describedHost(name, hosts[name]));
}

function describedHost(name: string, value: unknown): DescribedHost {
  const host = parseHostName(name);
  const at = `/hosts/${host}`;
  const facts = exactly(value, ["storePath", "narHash", "system"], at);
  const read = <T>(key: string, parse: (text: string) => T): T => {
    const text = facts[key];
    if (typeof text !== "string") throw field(`${at}/${key}`, "must be a text");
    return parse(text);
  };
  return {
    host,
    storePath: read("storePath", parseStorePath),
    narHash: read("narHash", parseNarHash),
    system: read("system", parseSystemType),
  };
}

function exactly(value: unknown, keys: readonly string[], at: string): Record<string, unknown> {
  if (!isObject(value)) throw field(at || "/", "must be an object");
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw field(at || "/", `has the unknown field ${JSON.stringify(unknown.slice(0, 80))}`);
  }
  const missing = keys.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw field(`${at}/${missing}`, "is missing");
  return value;
}

const field = (where: string, why: string): ContractError =>
  new ContractError("invalid-field", `${where} ${why}`, { where });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

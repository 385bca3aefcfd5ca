import { type BrokerUrl, parseBrokerUrl } from "../../bus/index.ts";
import {
  type Channel,
  type FleetName,
  type HostName,
  NixwaveError,
  parseChannel,
  parseFleetName,
  parseHostName,
  parseStrictJson,
} from "../../contract/index.ts";

/** What is the same for every host of a home. */
export interface HomeSettings {
  readonly fleet: FleetName;
  readonly channel: Channel;
  /** As the hosts reach it. */
  readonly broker: BrokerUrl;
  /** The host on which hub and broker run; null: none of these hosts. */
  readonly hub: HostName | null;
  /** The broker is NixOS's services.mosquitto; else the hub's own. */
  readonly mosquitto: boolean;
}

const MAX_BYTES = 64 * 1024;
const NAMES = ["fleet", "channel", "broker", "hub", "mosquitto"] as const;

export const formatSettings = (settings: HomeSettings): string =>
  `${JSON.stringify({ v: 1, ...settings }, null, 2)}\n`;

/** @throws NixwaveError not-json | duplicate-key | invalid-field, or as the value's parser */
export function parseSettings(text: string, where: string): HomeSettings {
  const value = parseStrictJson(Buffer.from(text), MAX_BYTES);
  const fields = new Map(Object.entries((value ?? {}) as object));
  const wrong = (name: string): never => {
    throw new NixwaveError("invalid-field", `${where}: /${name}`, { where });
  };
  const known = new Set<string>(["v", ...NAMES]);
  for (const name of fields.keys()) if (!known.has(name)) wrong(`${name} is not known here`);
  if (fields.get("v") !== 1) wrong("v must be 1");
  const textOf = (name: string): string => {
    const found = fields.get(name);
    return typeof found === "string" ? found : wrong(`${name} must be a text`);
  };
  const { hub, mosquitto } = Object.fromEntries(fields);
  return {
    fleet: parseFleetName(textOf("fleet")),
    channel: parseChannel(textOf("channel")),
    broker: parseBrokerUrl(textOf("broker")),
    hub: hub === null ? null : parseHostName(textOf("hub")),
    mosquitto:
      typeof mosquitto === "boolean" ? mosquitto : wrong("mosquitto must be true or false"),
  };
}

/**
 * What the command line says must be what the folder says: these are settings of hosts that run.
 * @throws NixwaveError wrong-usage
 */
export function requireSettings(
  standing: HomeSettings,
  given: { readonly [K in keyof HomeSettings]: HomeSettings[K] | undefined },
): HomeSettings {
  for (const name of NAMES) {
    if (given[name] === undefined || given[name] === standing[name]) continue;
    const [said, stands] = [JSON.stringify(given[name]), JSON.stringify(standing[name])];
    const why = `home.json says ${name} ${stands}, the command line ${said}; change the hosts' Nix and home.json by hand, or leave the option away`;
    throw new NixwaveError("wrong-usage", why);
  }
  return standing;
}

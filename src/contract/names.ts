import type { Brand } from "./brand.ts";
import type { ErrorCode } from "./error-table.ts";
import { ContractError } from "./nixwave-error.ts";
import { patternMeanings, type Schema, text } from "./schema.ts";

/** A NixOS machine: equals networking.hostName, the MQTT user name and the client id's prefix. */
export type HostName = Brand<string, "HostName">;
/** A line of releases, "main" by default. */
export type Channel = Brand<string, "Channel">;
/** Whose machines: ties a statement to one home, e.g. "github:someone/homelab". */
export type FleetName = Brand<string, "FleetName">;
/** An operator's MQTT user name. */
export type UserName = Brand<string, "UserName">;
/** Who holds a deployment: a switch, an app, a person. */
export type HoldSource = Brand<string, "HoldSource">;
/** One rollout of one release, chosen by the hub. */
export type RolloutId = Brand<string, "RolloutId">;
/** Nix's system type, e.g. "aarch64-linux". */
export type SystemType = Brand<string, "SystemType">;
/** A random id of one connection's lifetime, or of one boot. */
export type SessionId = Brand<string, "SessionId">;
/** Lower-case hex SHA-256 of a signed payload's exact bytes. */
export type Digest = Brand<string, "Digest">;
/** Nix's SRI form of a NAR's hash, "sha256-" and 44 characters of base64. */
export type NarHash = Brand<string, "NarHash">;

const LABEL = /^[a-z0-9-]{1,63}$/;
const LABEL_MEANING = "1 to 63 characters of a-z, 0-9 and '-'";

export const hostName: Schema<HostName> = text(LABEL, LABEL_MEANING);
export const channel: Schema<Channel> = text(LABEL, LABEL_MEANING);
export const fleetName: Schema<FleetName> = text(
  /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/,
  "1 to 128 characters of A-Z, a-z, 0-9 and . _ : / @ -",
);
export const rolloutId: Schema<RolloutId> = text(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  "1 to 64 characters of A-Z, a-z, 0-9 and . _ -",
);
export const systemType: Schema<SystemType> = text(
  /^[a-z0-9_]{1,24}-[a-z0-9]{1,24}$/,
  "a system type such as x86_64-linux",
);
export const sessionId: Schema<SessionId> = text(/^[0-9a-f-]{8,64}$/, "a UUID");
export const digest: Schema<Digest> = text(/^[0-9a-f]{64}$/, "a SHA-256 in hex");
export const narHash: Schema<NarHash> = text(
  /^sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/,
  "a SHA-256 in SRI form (sha256-...=)",
);

export const userName: Schema<UserName> = text(
  /^(?!(?:hold|deploy)$)[A-Za-z0-9_-]{1,63}$/, // both are fixed levels below `control/`
  "1 to 63 characters of A-Z, a-z, 0-9, '_' and '-', and not 'hold' or 'deploy'",
);
export const holdSource: Schema<HoldSource> = text(
  /^[A-Za-z0-9_-]{1,63}$/,
  "1 to 63 characters of A-Z, a-z, 0-9, '_' and '-'",
);

function parser<T extends string>(schema: Schema<T>, code: ErrorCode, what: string) {
  const source = schema.json["pattern"] as string;
  const pattern = new RegExp(source, "u");
  return (value: string): T => {
    if (!pattern.test(value)) {
      const shown = JSON.stringify(value.slice(0, 80));
      throw new ContractError(code, `${what} ${shown} is not ${patternMeanings.get(source)}`);
    }
    return value as T;
  };
}

/** @throws ContractError invalid-host-name */
export const parseHostName = parser(hostName, "invalid-host-name", "host name");
/** @throws ContractError invalid-name */
export const parseChannel = parser(channel, "invalid-name", "channel");
/** @throws ContractError invalid-name */
export const parseFleetName = parser(fleetName, "invalid-name", "fleet");
/** @throws ContractError invalid-name */
export const parseSystemType = parser(systemType, "invalid-name", "system type");
/** @throws ContractError invalid-name */
export const parseUserName = parser(userName, "invalid-name", "user name");
/** @throws ContractError invalid-name */
export const parseHoldSource = parser(holdSource, "invalid-name", "hold source");
/** @throws ContractError invalid-name */
export const parseSessionId = parser(sessionId, "invalid-name", "session id");
/** @throws ContractError invalid-name */
export const parseRolloutId = parser(rolloutId, "invalid-name", "rollout id");
/** @throws ContractError invalid-name */
export const parseNarHash = parser(narHash, "invalid-name", "NAR hash");

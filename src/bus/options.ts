import {
  type Address,
  DEFAULT_BASE,
  encodePayload,
  type Presence,
  type SessionId,
  type TopicBase,
  topicOf,
  WIRE,
} from "../contract/index.ts";
import { DEFAULT_PACE, type ReconnectPace } from "./backoff.ts";
import { type BrokerUrl, brokerEndpoint } from "./broker-url.ts";
import type { BusEvent } from "./bus-event.ts";
import { checkClientId } from "./client-id.ts";
import type { ConnectionOptions, Packet } from "./connection.ts";
import { dialFor, type TlsMaterial } from "./dial.ts";

export interface PresenceOptions {
  readonly address: Address<"availability"> | Address<"hubStatus">;
  readonly session: SessionId;
  /** True: the first birth waits for `appear`, so that whoever answers it is heard; the will does not wait. */
  readonly appearsLater?: boolean;
}

export interface BusOptions {
  readonly broker: BrokerUrl;
  /** Equals the user name or begins with it and "-" (DESIGN 5); see `clientIdFor`. */
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsMaterial;
  /** Before every topic; "nixwave/v1" by default. */
  readonly base?: TopicBase;
  /** Birth on every connection and will, both retained. */
  readonly presence?: PresenceOptions;
  readonly log?: (event: BusEvent) => void;
  /** 10 000 by default: for TCP, TLS and CONNACK together. */
  readonly connectTimeoutMs?: number;
  /** 30 by default. */
  readonly keepaliveSeconds?: number;
  readonly reconnect?: ReconnectPace;
  /** Messages that are not retained and may wait for the broker; 1000 by default. */
  readonly outboxLimit?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_SECONDS = 30;

/** What every bus needs to know, whoever connects. */
export interface BusCore {
  readonly broker: string;
  readonly base: TopicBase;
  readonly log: (event: BusEvent) => void;
  readonly outboxLimit: number | undefined;
  readonly presence: PresenceOptions | undefined;
}

/** BusOptions made complete, with the transport's code loaded. */
export interface BusSettings extends BusCore {
  readonly pace: ReconnectPace;
  /** Everything about a connection but its will and who receives its messages. */
  readonly connection: Omit<ConnectionOptions, "onMessage" | "will">;
}

/** @throws NixwaveError invalid-client-id */
export async function settingsOf(options: BusOptions): Promise<BusSettings> {
  checkClientId(options.clientId, options.username);
  const base = options.base ?? DEFAULT_BASE;
  return {
    broker: options.broker,
    base,
    pace: options.reconnect ?? DEFAULT_PACE,
    log: options.log ?? (() => undefined),
    outboxLimit: options.outboxLimit,
    presence: options.presence,
    connection: {
      broker: options.broker,
      dial: await dialFor(brokerEndpoint(options.broker), options.tls),
      clientId: options.clientId,
      username: options.username,
      password: options.password,
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      keepaliveSeconds: options.keepaliveSeconds ?? KEEPALIVE_SECONDS,
    },
  };
}

/** Birth, farewell and will are one message in two states. */
export function presencePacket(
  base: TopicBase,
  { address, session }: PresenceOptions,
  state: Presence["state"],
): Packet & { readonly topic: ReturnType<typeof topicOf> } {
  const { kind } = address;
  const bytes = encodePayload(kind, { state, session });
  return { topic: topicOf(base, address), bytes, qos: WIRE[kind].qos, retain: WIRE[kind].retain };
}

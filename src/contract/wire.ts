import { controlRequest, controlResponse } from "./control.ts";
import { desired } from "./desired.ts";
import * as open from "./generated/open.js";
import { openCodec } from "./json-payloads.ts";
import { presence } from "./presence.ts";
import { release } from "./release.ts";
import { releaseHeard } from "./release-heard.ts";
import { log, progress, reported } from "./reported.ts";
import { rolloutHistory } from "./rollout-history.ts";
import { rolloutStatus } from "./rollout-status.ts";
import { screenEvent, screenUpdate, wordsCodec } from "./screens.ts";
import { wordCodec } from "./words.ts";

/** What a client of the broker is. `host` is bound to its own `<host>`, `operator` to its own `<user>`. */
export type Role = "ci" | "hub" | "operator" | "host" | "device";
export const ROLES: readonly Role[] = ["ci", "hub", "operator", "host", "device"];

interface Codec<T> {
  /** @throws ContractError; nothing else */
  readonly parse: (bytes: Uint8Array) => T;
  /** @throws ContractError when a reader would refuse the bytes */
  readonly encode: (value: T) => Uint8Array;
}

interface WireEntry<Topic extends string, T> extends Codec<T> {
  /** Below the base topic; `<host>` and the like are one level each. */
  readonly topic: Topic;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly maxBytes: number;
  readonly write: readonly Role[];
  readonly read: readonly Role[];
}

const KIB = 1024;

function topic<const Topic extends string, T>(
  name: Topic,
  delivery: { qos: 0 | 1; retain: boolean; maxBytes: number },
  access: { write: readonly Role[]; read: readonly Role[] },
  codec: (maxBytes: number) => Codec<T>,
): WireEntry<Topic, T> {
  return { topic: name, ...delivery, ...access, ...codec(delivery.maxBytes) };
}

const state = (maxBytes: number) => ({ qos: 1, retain: true, maxBytes }) as const;
const event = (maxBytes: number) => ({ qos: 1, retain: false, maxBytes }) as const;
const stream = (maxBytes: number) => ({ qos: 0, retain: false, maxBytes }) as const;
const word = { maxBytes: 16 };
/** Dashboards, apps and displays read what the hub writes for people (DESIGN 11). */
const onScreens = { write: ["hub"], read: ["hub", "operator", "host", "device"] } as const;

/**
 * The wire: every topic, its payload, its delivery and who may use it. Topics, parsers, the embedded
 * broker's access rules and mosquitto's ACL all come from this one map; ARCHITECTURE.md repeats it.
 */
export const WIRE = {
  release: topic(
    "releases/<channel>",
    state(256 * KIB),
    { write: ["ci", "hub"], read: ["ci", "hub", "operator"] }, // the hub brings what it fetched
    openCodec(open.release, release),
  ),
  releaseHeard: topic(
    "releases/<channel>/heard",
    state(16 * KIB),
    { write: ["hub"], read: ["ci", "hub", "operator"] },
    openCodec(open.releaseHeard, releaseHeard),
  ),
  desired: topic(
    "hosts/<host>/desired",
    state(16 * KIB),
    { write: ["hub"], read: ["host", "hub", "operator"] },
    openCodec(open.desired, desired),
  ),
  reported: topic(
    "hosts/<host>/reported",
    state(8 * KIB),
    { write: ["host"], read: ["host", "hub", "operator"] },
    openCodec(open.reported, reported),
  ),
  availability: topic(
    "hosts/<host>/availability",
    state(KIB),
    { write: ["host"], read: ROLES },
    openCodec(open.presence, presence),
  ),
  progress: topic(
    "hosts/<host>/progress",
    stream(2 * KIB),
    { write: ["host"], read: ["hub", "operator"] },
    openCodec(open.progress, progress),
  ),
  log: topic(
    "hosts/<host>/log",
    stream(64 * KIB),
    { write: ["host"], read: ["operator"] },
    openCodec(open.log, log),
  ),
  hubStatus: topic(
    "hub/status",
    state(KIB),
    { write: ["hub"], read: ROLES },
    openCodec(open.presence, presence),
  ),
  rolloutStatus: topic(
    "rollout/status",
    state(128 * KIB),
    { write: ["hub"], read: ROLES },
    openCodec(open.rolloutStatus, rolloutStatus),
  ),
  rolloutHistory: topic(
    "rollout/history",
    state(64 * KIB),
    { write: ["hub"], read: ROLES },
    openCodec(open.rolloutHistory, rolloutHistory),
  ),
  controlRequest: topic(
    "control/<user>/request",
    event(4 * KIB),
    { write: ["operator"], read: ["hub"] },
    openCodec(open.controlRequest, controlRequest),
  ),
  controlResponse: topic(
    "control/<user>/response",
    event(4 * KIB),
    { write: ["hub"], read: ["operator"] },
    openCodec(open.controlResponse, controlResponse),
  ),
  holdSet: topic(
    "control/hold/<source>/set",
    event(word.maxBytes),
    { write: ["operator", "device"], read: ["hub"] },
    wordCodec("ON", "OFF"),
  ),
  holdState: topic(
    "control/hold/<source>/state",
    state(word.maxBytes),
    { write: ["hub"], read: ROLES },
    wordCodec("ON", "OFF"),
  ),
  deploySet: topic(
    "control/deploy/set",
    event(word.maxBytes),
    { write: ["operator", "device"], read: ["hub"] },
    wordCodec("PRESS"),
  ),
  screenState: topic("screens/rollout/state", state(KIB), onScreens, wordsCodec),
  screenRelease: topic("screens/rollout/release", state(KIB), onScreens, wordsCodec),
  screenWhy: topic("screens/rollout/why", state(KIB), onScreens, wordsCodec),
  screenPaused: topic(
    "screens/rollout/paused",
    state(word.maxBytes),
    onScreens,
    wordCodec("ON", "OFF"),
  ),
  screenProblem: topic(
    "screens/rollout/problem",
    state(word.maxBytes),
    onScreens,
    wordCodec("ON", "OFF"),
  ),
  screenEvent: topic(
    "screens/rollout/event",
    event(16 * KIB),
    onScreens,
    openCodec(open.screenEvent, screenEvent),
  ),
  screenHostState: topic("screens/hosts/<host>/state", state(KIB), onScreens, wordsCodec),
  screenHostProblem: topic(
    "screens/hosts/<host>/problem",
    state(word.maxBytes),
    onScreens,
    wordCodec("ON", "OFF"),
  ),
  screenHostReboot: topic(
    "screens/hosts/<host>/reboot",
    state(word.maxBytes),
    onScreens,
    wordCodec("ON", "OFF"),
  ),
  screenHostAsks: topic(
    "screens/hosts/<host>/asks",
    state(word.maxBytes),
    onScreens,
    wordCodec("ON", "OFF"),
  ),
  screenAsks: topic(
    "screens/rollout/asks",
    state(word.maxBytes),
    onScreens,
    wordCodec("ON", "OFF"),
  ),
  screenHostUpdate: topic(
    "screens/hosts/<host>/update",
    state(16 * KIB),
    onScreens,
    openCodec(open.screenUpdate, screenUpdate),
  ),
} as const;

export type WireKind = keyof typeof WIRE;
export const WIRE_KINDS = Object.keys(WIRE) as readonly WireKind[];

/** The parsed payload of each kind of message. */
export type WirePayloads = { [K in WireKind]: ReturnType<(typeof WIRE)[K]["parse"]> };

/** The payload behind `kind`, parsed; `kind` decides type, schema and size limit. @throws ContractError */
export function parsePayload<K extends WireKind>(kind: K, bytes: Uint8Array): WirePayloads[K] {
  return (WIRE[kind] as unknown as Codec<WirePayloads[K]>).parse(bytes);
}

/** @throws ContractError when a reader would refuse the result */
export function encodePayload<K extends WireKind>(kind: K, value: WirePayloads[K]): Uint8Array {
  return (WIRE[kind] as unknown as Codec<WirePayloads[K]>).encode(value);
}

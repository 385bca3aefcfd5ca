import {
  ContractError,
  parseTopic,
  type Role,
  type TopicBase,
  WIRE,
  WIRE_KINDS,
  type WireKind,
} from "../contract/index.ts";
import {
  isTopicFilter,
  isTopicName,
  matches,
  overlaps,
  parseTopicFilter,
  type TopicFilter,
} from "./topic-filter.ts";

/** Who a connection speaks for, once it has proved it. */
export interface Account {
  /** A host's own name, an operator's user name, or the name of a hub, CI or device account. */
  readonly user: string;
  readonly role: Role;
  /**
   * Plain topics outside the wire that a device reads and writes and the hub reads; default DEVICE_TOPICS. An operator
   * has none, unless it is a program such as Home Assistant, which uses the home's devices over the same connection.
   */
  readonly topics?: readonly TopicFilter[];
  /** Where a hub announces devices to Home Assistant; default DISCOVERY. */
  readonly announces?: readonly TopicFilter[];
  /** False keeps a device from the wire's buttons (hold, deploy); default true. */
  readonly mayPress?: boolean;
}

export type Action = "read" | "write";

interface Granted {
  readonly read: readonly TopicFilter[];
  readonly write: readonly TopicFilter[];
}

/** What one account may do, as topic filters: the source of every hook's answer and of mosquitto's ACL. */
export interface Grants {
  /** Below the base, from the wire's roles. */
  readonly wire: Granted;
  /** Outside the base: sensors, bridges, the broker's own `$SYS`. */
  readonly plain: Granted;
}

const filters = (...texts: string[]): readonly TopicFilter[] => texts.map(parseTopicFilter);

/** What sensors and bridges use out of the box: Tasmota, Zigbee2MQTT, Shelly, ESPHome, Home Assistant discovery. */
export const DEVICE_TOPICS = filters(
  "tele/#",
  "stat/#",
  "cmnd/#",
  "tasmota/#",
  "zigbee2mqtt/#",
  "shellies/#",
  "esphome/#",
  "homeassistant/#",
  "metrics/#",
);

/**
 * All that the hub writes outside the wire, beside what it announces: it asks a sensor for a fresh reading
 * (Tasmota's `Status` and `TelePeriod`, Zigbee2MQTT's `get`). It switches nothing.
 */
export const HUB_WRITES = filters("cmnd/+/Status", "cmnd/+/TelePeriod", "zigbee2mqtt/+/get");

/** Home Assistant's device discovery below a prefix of one level, "homeassistant" unless somebody changed it. */
const DISCOVERY = filters("+/device/+/config");

const SYSTEM = parseTopicFilter("$SYS/#");

export function grantsOf(account: Account, base: TopicBase): Grants {
  return {
    wire: {
      read: wireGrants(account, "read", base),
      write: wireGrants(account, "write", base),
    },
    plain: { read: plainReads(account), write: plainWrites(account) },
  };
}

/** Whether `account` may read or write exactly `topic`. Nobody writes `$...`; unknown topics below `base` are nobody's. */
export function mayAccess(
  account: Account,
  action: Action,
  topic: string,
  base: TopicBase,
): boolean {
  return isGranted(grantsOf(account, base), action, topic, base);
}

/**
 * Whether a SUBSCRIBE to `filter` could ever deliver something readable. A granted filter may still
 * match more than that (`#`), so every message is checked again when it is forwarded.
 */
export function maySubscribe(account: Account, filter: string, base: TopicBase): boolean {
  return couldRead(grantsOf(account, base), filter);
}

/**
 * A filter for a device's allow-list. One that reaches below `base` would put sensors on the wire,
 * and one that begins with `$` is the broker's own.
 * @throws ContractError invalid-topic
 */
export function parseDeviceTopic(value: string, base: TopicBase): TopicFilter {
  const filter = parseTopicFilter(value);
  if (filter.startsWith("$") || overlaps(filter, `${base}/#`)) {
    throw new ContractError(
      "invalid-topic",
      `device topic ${JSON.stringify(value)} reaches into ${filter.startsWith("$") ? "the broker's own topics" : base}`,
    );
  }
  return filter;
}

/** An account's answers with its grants worked out once; what the broker's hooks hold per connection. */
export interface Access {
  mayWrite(topic: string): boolean;
  mayRead(topic: string): boolean;
  maySubscribe(filter: string): boolean;
}

/** The same answers as `mayAccess` and `maySubscribe`; remembers the last few hundred topics. */
export function accessOf(account: Account, base: TopicBase): Access {
  const grants = grantsOf(account, base);
  return {
    mayWrite: remembered((topic) => isGranted(grants, "write", topic, base)),
    mayRead: remembered((topic) => isGranted(grants, "read", topic, base)),
    maySubscribe: (filter) => couldRead(grants, filter),
  };
}

function isGranted(grants: Grants, action: Action, topic: string, base: TopicBase): boolean {
  if (!isTopicName(topic)) return false;
  const place = isBelow(base, topic) ? grants.wire : grants.plain;
  if (!place[action].some((filter) => matches(filter, topic))) return false;
  return place === grants.plain || isOnTheWire(base, topic);
}

function couldRead({ wire, plain }: Grants, filter: string): boolean {
  if (!isTopicFilter(filter)) return false;
  return [...wire.read, ...plain.read].some((granted) => overlaps(granted, filter));
}

function wireGrants(account: Account, action: Action, base: TopicBase): TopicFilter[] {
  if (action === "write" && account.mayPress === false) return [];
  return WIRE_KINDS.filter((kind) => WIRE[kind][action].includes(account.role)).map((kind) =>
    parseTopicFilter(`${base}/${boundTemplate(kind, account)}`),
  );
}

/** A host stands in its own `<host>`, an operator in its own `<user>` (DESIGN 5); everything else is one free level. */
function boundTemplate(kind: WireKind, { role, user }: Account): string {
  const host = role === "host" ? user : "+";
  const operator = role === "operator" ? user : "+";
  return WIRE[kind].topic.replace("<host>", host).replace("<user>", operator).replace(/<\w+>/, "+");
}

function plainReads({ role, topics: given }: Account): readonly TopicFilter[] {
  const topics = given ?? DEVICE_TOPICS;
  if (role === "device") return topics;
  if (role === "hub") return [...topics, SYSTEM];
  return role === "operator" ? [...(given ?? []), SYSTEM] : [];
}

function plainWrites({ role, topics, announces = DISCOVERY }: Account): readonly TopicFilter[] {
  if (role === "device") return topics ?? DEVICE_TOPICS;
  if (role === "operator") return topics ?? [];
  return role === "hub" ? [...HUB_WRITES, ...announces] : [];
}

const isBelow = (base: TopicBase, topic: string): boolean =>
  topic === base || topic.startsWith(`${base}/`);

/** A level such as `<host>` must also hold a name that every reader's parser takes. */
function isOnTheWire(base: TopicBase, topic: string): boolean {
  try {
    parseTopic(base, topic);
    return true;
  } catch {
    return false;
  }
}

const REMEMBERED_TOPICS = 512;

function remembered(decide: (topic: string) => boolean): (topic: string) => boolean {
  const answers = new Map<string, boolean>();
  return (topic) => {
    const known = answers.get(topic);
    if (known !== undefined) return known;
    if (answers.size >= REMEMBERED_TOPICS) answers.clear();
    const answer = decide(topic);
    answers.set(topic, answer);
    return answer;
  };
}

import type { Brand } from "./brand.ts";
import {
  type Channel,
  type HoldSource,
  type HostName,
  parseChannel,
  parseHoldSource,
  parseHostName,
  parseUserName,
  type UserName,
} from "./names.ts";
import { ContractError } from "./nixwave-error.ts";
import { WIRE, WIRE_KINDS, type WireKind } from "./wire.ts";

/** What stands before every topic of ours, e.g. "nixwave/v1". */
export type TopicBase = Brand<string, "TopicBase">;
/** A complete topic name, without wildcards. */
export type Topic = Brand<string, "Topic">;

interface LevelTypes {
  channel: Channel;
  host: HostName;
  user: UserName;
  source: HoldSource;
}
type LevelOf<T extends string> = T extends `${string}<${infer L extends keyof LevelTypes}>${string}`
  ? L
  : never;

/** One kind of message and the level that makes its topic one topic, e.g. `{ kind: "desired", host }`. */
export type Address<K extends WireKind = WireKind> = K extends WireKind
  ? { readonly kind: K } & { readonly [L in LevelOf<(typeof WIRE)[K]["topic"]>]: LevelTypes[L] }
  : never;

const PARSE_LEVEL: { readonly [L in keyof LevelTypes]: (value: string) => LevelTypes[L] } = {
  channel: parseChannel,
  host: parseHostName,
  user: parseUserName,
  source: parseHoldSource,
};
const LEVEL = /^<(\w+)>$/;
/** A leading `$` is the broker's own, a leading `/` an empty level. */
const BASE = /^[A-Za-z0-9_-]{1,63}(?:\/[A-Za-z0-9_-]{1,63}){0,7}$/;

/** @throws ContractError invalid-topic */
export function parseTopicBase(value: string): TopicBase {
  if (!BASE.test(value)) {
    throw new ContractError(
      "invalid-topic",
      `base topic ${JSON.stringify(value.slice(0, 120))} is not 1 to 8 levels of A-Z, a-z, 0-9, '_' and '-'`,
    );
  }
  return value as TopicBase;
}

export const DEFAULT_BASE = parseTopicBase("nixwave/v1");

/** @throws ContractError invalid-host-name | invalid-name where a level is not what its type says */
export function topicOf(base: TopicBase, address: Address): Topic {
  const levels = address as unknown as Readonly<Record<string, string>>;
  const name = WIRE[address.kind].topic.replace(/<(\w+)>/, (_, level: keyof LevelTypes) =>
    PARSE_LEVEL[level](levels[level] ?? ""),
  );
  return `${base}/${name}` as Topic;
}

/** The filter that matches every topic of one kind. */
export const filterOf = (base: TopicBase, kind: WireKind): string =>
  `${base}/${WIRE[kind].topic.replace(/<\w+>/, "+")}`;

/** @throws ContractError invalid-topic | invalid-host-name | invalid-name */
export function parseTopic(base: TopicBase, topic: string): Address {
  const below = topic.startsWith(`${base}/`) ? topic.slice(base.length + 1).split("/") : [];
  for (const kind of WIRE_KINDS) {
    const address = matchTemplate(kind, WIRE[kind].topic.split("/"), below);
    if (address) return address;
  }
  throw new ContractError(
    "invalid-topic",
    `${JSON.stringify(topic.slice(0, 200))} is not a topic below ${base}`,
    {
      where: topic.slice(0, 200),
    },
  );
}

function matchTemplate(
  kind: WireKind,
  template: readonly string[],
  levels: readonly string[],
): Address | undefined {
  if (template.length !== levels.length) return undefined;
  const found: Record<string, string> = { kind };
  for (const [index, actual] of levels.entries()) {
    const expected = String(template[index]);
    const level = LEVEL.exec(expected)?.[1] as keyof LevelTypes | undefined;
    if (level === undefined && expected !== actual) return undefined;
    if (level !== undefined) found[level] = actual;
  }
  for (const level of Object.keys(PARSE_LEVEL) as (keyof LevelTypes)[]) {
    if (found[level] !== undefined) PARSE_LEVEL[level](found[level]);
  }
  return found as unknown as Address;
}

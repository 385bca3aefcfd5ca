import { type Brand, ContractError } from "../contract/index.ts";

/** An MQTT topic filter whose wildcards stand where MQTT 3.1.1 section 4.7.1 allows them. */
export type TopicFilter = Brand<string, "TopicFilter">;

/** qlobber, which routes for aedes, throws beyond 100 levels. */
const MAX_LEVELS = 100;
/** MQTT 3.1.1 section 1.5.3: U+0000 must not occur, other control characters should not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Longer names than any device uses; MQTT itself stops at 65,535. */
const MAX_LENGTH = 1024;

/** @throws ContractError invalid-topic */
export function parseTopicFilter(value: string): TopicFilter {
  if (!isTopicFilter(value)) {
    throw new ContractError(
      "invalid-topic",
      `${JSON.stringify(value.slice(0, 120))} is not a topic filter: '+' stands for one whole level, '#' ends the filter`,
    );
  }
  return value as TopicFilter;
}

export const isTopicFilter = (value: string): value is TopicFilter =>
  isWellFormed(value) && wildcardsStandAlone(value);

/** Whether `value` may name a topic: no wildcards, no control characters, bounded. */
export const isTopicName = (value: string): boolean => isWellFormed(value) && !/[+#]/.test(value);

/** Whether messages of `topic` match `filter`; wildcards never match a leading `$` (MQTT 3.1.1 section 4.7.2). */
export const matches = (filter: string, topic: string): boolean => overlaps(filter, topic);

/** Whether one topic could match both filters. Symmetric; a topic name is a filter without wildcards. */
export function overlaps(left: string, right: string): boolean {
  if (left.startsWith("$") !== right.startsWith("$")) return false;
  const a = left.split("/");
  const b = right.split("/");
  for (let level = 0; ; level += 1) {
    const one = a[level];
    const other = b[level];
    if (one === "#" || other === "#") return true;
    if (one === undefined || other === undefined) return one === other;
    if (one !== other && one !== "+" && other !== "+") return false;
  }
}

function isWellFormed(value: string): boolean {
  return (
    value.length > 0 &&
    value.length <= MAX_LENGTH &&
    !CONTROL.test(value) &&
    value.split("/").length <= MAX_LEVELS
  );
}

function wildcardsStandAlone(value: string): boolean {
  const levels = value.split("/");
  return levels.every(
    (level, index) =>
      !/[+#]/.test(level) || level === "+" || (level === "#" && index === levels.length - 1),
  );
}

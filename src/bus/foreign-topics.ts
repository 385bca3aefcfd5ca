import { NixwaveError, type TopicBase } from "../contract/index.ts";

const LONGEST_BYTES = 65_535;

/** A message outside the wire: a sensor's, a switch's, another program's. */
export type OnArrival = (arrival: {
  readonly topic: string;
  readonly bytes: Uint8Array;
  /** The broker's stored copy; false: published just now. */
  readonly retained: boolean;
}) => void;

/**
 * A filter outside the wire, with "+" and "#" where MQTT allows them.
 * @throws NixwaveError invalid-topic
 */
export function checkForeignFilter(base: TopicBase, filter: string): void {
  const levels = filter.split("/");
  const misplaced = levels.some(
    (level, index) =>
      (level.includes("+") && level !== "+") ||
      (level.includes("#") && !(level === "#" && index === levels.length - 1)),
  );
  if (misplaced) throw refused(filter, "has a wildcard in the wrong place");
  if (filter.startsWith("$share/")) throw refused(filter, "is a shared subscription");
  checkForm(base, filter);
}

/**
 * A topic outside the wire on which something can be said.
 * @throws NixwaveError invalid-topic
 */
export function checkForeignTopic(base: TopicBase, topic: string): void {
  if (/[+#]/.test(topic)) throw refused(topic, "has a wildcard");
  if (topic.startsWith("$")) throw refused(topic, "is the broker's own");
  checkForm(base, topic);
}

/** Whether a topic is on the wire, where only `publish` and `subscribe` reach. */
export const isBelow = (base: TopicBase, topic: string): boolean =>
  topic === base || topic.startsWith(`${base}/`);

/** Wildcards can meet thousands of retained copies, and stock mosquitto drops all but 1020 at QoS 1. */
export const foreignQos = (filter: string): 0 | 1 => (/[+#]/.test(filter) ? 0 : 1);

function checkForm(base: TopicBase, topic: string): void {
  if (topic === "") throw refused(topic, "is empty");
  if (topic.includes("\0")) throw refused(topic, "holds a NUL");
  if (Buffer.byteLength(topic) > LONGEST_BYTES) throw refused(topic, "is longer than MQTT allows");
  if (isBelow(base, topic)) throw refused(topic, `lies below ${base}, which is Nixwave's own`);
}

const refused = (topic: string, why: string): NixwaveError =>
  new NixwaveError("invalid-topic", `${JSON.stringify(topic.slice(0, 200))} ${why}`);

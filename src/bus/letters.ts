import type { NixwaveError, Topic } from "../contract/index.ts";

/** A QoS 1 message on its way to the broker, until its PUBACK or its end. */
export interface Letter {
  readonly topic: Topic;
  readonly bytes: Uint8Array;
  readonly qos: 1;
  readonly retain: boolean;
  /** State this client owns: sent again on every connection, before anything else. */
  readonly owned: boolean;
  /** Was on its way when a connection ended: travels alone until it is acknowledged. */
  suspect: boolean;
  /** Connections in a row that the broker ended while only this letter was on its way. */
  strikes: number;
  /** Not sent again before this instant (Unix ms), because the broker refused it. */
  restUntilMs: number;
  /** Whoever waits for the hand-over; an error when it will not happen. */
  readonly waiting: ((error?: NixwaveError) => void)[];
}

/** Three, because a broker that restarts may end one or two connections at a bad moment. */
export const STRIKES_OUT = 3;

/** A refused letter of owned state is tried again after this time: permissions get repaired. */
export const REST_MS = 300_000;

export function settle(letter: Letter, error?: NixwaveError): void {
  for (const done of letter.waiting.splice(0)) done(error);
}

/**
 * What a lost connection says about the letters that awaited PUBACK. A broker that dislikes a
 * message may end the connection because of it, and sending it again would end every connection:
 * so from now on each travels alone, and the one that is alone again and again is the cause.
 * @returns the letter the broker refuses, if that is now certain
 */
export function judgeLoss(onTheWay: readonly Letter[], byBroker: boolean): Letter | undefined {
  for (const letter of onTheWay) letter.suspect = true;
  const [only] = onTheWay;
  if (!(byBroker && only && onTheWay.length === 1)) return undefined;
  only.strikes += 1;
  return only.strikes >= STRIKES_OUT ? only : undefined;
}

/** A newer state of the same topic takes over the older one's waiters and its record. */
export function inherit(letter: Letter, older: Letter): void {
  letter.waiting.unshift(...older.waiting.splice(0));
  letter.suspect ||= older.suspect;
  letter.strikes = Math.min(older.strikes, STRIKES_OUT - 1);
}

/** PUBACK: says that the connection survived this letter, and nothing about what became of it. */
export function acquit(letter: Letter): void {
  letter.suspect = false;
  letter.strikes = 0;
  settle(letter);
}

export function newLetter(
  topic: Topic,
  bytes: Uint8Array,
  { retain, owned }: { readonly retain: boolean; readonly owned: boolean },
): Letter {
  return {
    topic,
    bytes,
    qos: 1,
    retain,
    owned,
    suspect: false,
    strikes: 0,
    restUntilMs: 0,
    waiting: [],
  };
}

/** State of this client's own: every connection begins with it. */
export const ownLetter = ({ topic, bytes }: Pick<Letter, "topic" | "bytes">): Letter =>
  newLetter(topic, bytes, { retain: true, owned: true });

/** State on a topic of somebody else's wire, owned by this client; empty bytes take it away and are nobody's. */
export const foreignState = (topic: string, bytes: Uint8Array): Letter =>
  newLetter(topic as Topic, bytes, { retain: true, owned: bytes.byteLength > 0 });

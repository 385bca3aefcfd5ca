import {
  type Address,
  encodePayload,
  NixwaveError,
  type Topic,
  type TopicBase,
  topicOf,
  WIRE,
  type WireKind,
  type WirePayloads,
} from "../contract/index.ts";

interface Encoded {
  readonly topic: Topic;
  readonly bytes: Uint8Array;
}

/** @throws ContractError as the contract's encoder */
export const onWire = <K extends WireKind>(
  base: TopicBase,
  address: Address<K>,
  payload: WirePayloads[K],
): Encoded => {
  const bytes = encodePayload(address.kind as K, payload);
  return { topic: topicOf(base, address as Address), bytes };
};

/** The same for what a broker keeps. @throws NixwaveError invalid-topic */
export function stateOnWire<K extends WireKind>(
  base: TopicBase,
  address: Address<K>,
  payload: WirePayloads[K],
): Encoded {
  const kind = address.kind as WireKind;
  if (WIRE[kind].retain) return onWire(base, address, payload);
  throw new NixwaveError("invalid-topic", `${kind} is an event: a broker keeps none of it`);
}

import type { NewAccount } from "../../src/broker/index.ts";
import {
  type Address,
  DEFAULT_BASE,
  encodePayload,
  type HostName,
  type Progress,
  parseHostName,
  parsePayload,
  topicOf,
} from "../../src/contract/index.ts";
import {
  counting,
  HOST,
  NOON,
  ordered,
  ROLLOUT,
  reportedOf,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import { PASSWORD } from "./brokers.ts";

/** Enough that no two in a row are equal: the broker does not write unchanged state again. */
const DIFFERENT = 256;
const statement = sealStatement(statementOf("bench"));

/** Orders of one statement, as bytes and parsed, signed beforehand. */
export const orders = (): readonly Uint8Array[] =>
  Array.from({ length: DIFFERENT }, (_, index) =>
    ordered(statement, { counter: counting(NOON + index) }),
  );

export const desiredFrom = (bytes: Uint8Array) => parsePayload("desired", bytes);

export const reportNumber = (seq: number) => reportedOf("bench", { seq });

export const reportBytes = (): Uint8Array => encodePayload("reported", reportNumber(DIFFERENT));

export const progressAt = (pathsDone: number): Progress => ({
  v: 1,
  rollout: ROLLOUT,
  attempt: 1,
  phase: "staging",
  percent: null,
  bytesDone: 0,
  bytesTotal: 1_000_000,
  pathsDone,
  pathsTotal: 1_000_000,
});

/** The host that the orders name. */
export const AGENT = HOST;
/** The host of the clients without a bus, so that neither side hears the other's messages. */
export const BARE_AGENT = parseHostName("bare");
export const desiredOf = (host: HostName): Address<"desired"> => ({ kind: "desired", host });
export const reportedBy = (host: HostName): Address<"reported"> => ({ kind: "reported", host });
export const progressOf = (host: HostName): Address<"progress"> => ({ kind: "progress", host });
export const inTopic = (address: Address): string => topicOf(DEFAULT_BASE, address);

export const account = (user: string, role: "hub" | "host"): NewAccount => ({
  user,
  role,
  password: PASSWORD,
});

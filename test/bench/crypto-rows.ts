import { createPrivateKey, generateKeyPairSync, sign, verify } from "node:crypto";
import {
  encodePayload,
  encodeStatement,
  judgeOrder,
  newRatchet,
  parsePayload,
  preAuthEncoding,
  STATEMENT_TYPE,
  signEnvelope,
  verifyStatement,
} from "../../src/contract/index.ts";
import {
  CI_KEY,
  clockAt,
  EMPTY_JOURNAL,
  ordered,
  reportedOf,
  sealStatement,
  statementOf,
  trusting,
  trustOf,
} from "../support/contract-builders.ts";
import { measurePair } from "./measure.ts";
import { type Comparisons, type Measured, spreadUs } from "./row.ts";

const WINDOWS = 15;
const statement = statementOf("bench");
const sealed = sealStatement(statement);
const message = preAuthEncoding(STATEMENT_TYPE, encodeStatement(statement));
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const bareKey = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
const bareSignature = sign(null, message, bareKey);
const bareVerify = (): void => {
  if (!verify(null, message, publicKey, bareSignature)) throw new Error("not verified");
};

async function signRow(): Promise<Measured> {
  const { oursUs, peerUs, ratio } = await measurePair({
    ours: () => void signEnvelope(STATEMENT_TYPE, encodeStatement(statement), [CI_KEY]),
    peer: () => void sign(null, message, bareKey),
    callsPerWindow: 1000,
    windows: WINDOWS,
  });
  return {
    ours: `statement ${spreadUs(oursUs)}`,
    peer: `signature ${spreadUs(peerUs)}`,
    ratio,
  };
}

async function verifyRow(): Promise<Measured> {
  const keys = trusting(1, CI_KEY);
  const { oursUs, peerUs, ratio } = await measurePair({
    ours: () => void verifyStatement(sealed.envelope, keys),
    peer: bareVerify,
    callsPerWindow: 1000,
    windows: WINDOWS,
  });
  return {
    ours: `statement ${spreadUs(oursUs)}`,
    peer: `verification ${spreadUs(peerUs)}`,
    ratio,
  };
}

async function judgeRow(): Promise<Measured> {
  const bytes = ordered(sealed);
  const input = {
    trust: trustOf(),
    ratchet: newRatchet(1),
    journal: EMPTY_JOURNAL,
    clock: clockAt(1000),
  };
  if (judgeOrder(input, bytes).kind !== "accepted") throw new Error("the order was not accepted");
  const { oursUs, peerUs, ratio } = await measurePair({
    ours: () => void judgeOrder(input, bytes),
    peer: () => {
      bareVerify();
      bareVerify();
    },
    callsPerWindow: 500,
    windows: WINDOWS,
  });
  return {
    ours: `order ${spreadUs(oursUs)}`,
    peer: `verifications ${spreadUs(peerUs)}`,
    ratio,
  };
}

async function parseRow(): Promise<Measured> {
  const bytes = encodePayload("reported", reportedOf("bench"));
  const text = Buffer.from(bytes).toString("utf8");
  const { oursUs, peerUs, ratio } = await measurePair({
    ours: () => void parsePayload("reported", bytes),
    peer: () => void JSON.parse(text),
    callsPerWindow: 20_000,
    windows: WINDOWS,
  });
  return {
    ours: `report ${spreadUs(oursUs)}`,
    peer: `JSON.parse ${spreadUs(peerUs)}`,
    ratio,
  };
}

export const cryptoRows: Comparisons = {
  sign: {
    about: "sign: encode, check and seal a statement / the bare Ed25519 signature",
    measure: signRow,
  },
  verify: {
    about: "verify: verify, parse and validate a statement / the bare Ed25519 verification",
    goal: 1.3,
    measure: verifyRow,
  },
  accept: {
    about: "accept: judge a whole order with its statement / two bare verifications",
    measure: judgeRow,
  },
  parse: {
    about: "parse: decode, parse and validate a report / JSON.parse of its text",
    measure: parseRow,
  },
};

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  DESIRED_TYPE,
  digestOf,
  type Envelope,
  encodePayload,
  openUnverified,
  parsePayload,
  preAuthEncoding,
  STATEMENT_TYPE,
  signEnvelope,
  verifyEnvelope,
} from "../../src/contract/index.ts";
import { keyFrom, trusting, utf8 } from "../support/contract-builders.ts";
import { codeOf, refusalOf } from "./refusals.ts";

const key = keyFrom("ci-1");
const body = utf8(`{"any":"bytes!"}`);
const sealed = signEnvelope(STATEMENT_TYPE, body, [key]);
const verify = (envelope: Envelope, type = STATEMENT_TYPE) =>
  verifyEnvelope(envelope, type, trusting(1, key));
const flip = (text: string, index: number): string => {
  const bytes = Buffer.from(text, "base64");
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes.toString("base64");
};

describe("DSSE's pre-authentication encoding", () => {
  it("is the specification's own example", () => {
    const encoded = preAuthEncoding("http://example.com/HelloWorld", utf8("hello world"));
    expect(Buffer.from(encoded).toString()).toBe(
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    );
  });

  it("counts bytes and not characters, in the type and in the body", () => {
    expect(Buffer.from(preAuthEncoding("ä", utf8("öö"))).toString()).toBe("DSSEv1 2 ä 4 öö");
    expect(Buffer.from(preAuthEncoding("", new Uint8Array())).toString()).toBe("DSSEv1 0  0 ");
  });

  it("carries the body's bytes as they are, text or not", () => {
    const bytes = Uint8Array.of(0, 255, 10, 0x80);
    expect(Buffer.from(preAuthEncoding("t", bytes)).toString("hex")).toBe(
      `${Buffer.from("DSSEv1 1 t 4 ").toString("hex")}00ff0a80`,
    );
  });
});

describe("envelopes over exact bytes", () => {
  it("what was sealed is opened, byte for byte, with its digest and its signers", () => {
    const { bytes, digest, signedBy } = verify(sealed);
    expect(Buffer.from(bytes)).toEqual(Buffer.from(body));
    expect(digest).toBe(createHash("sha256").update(body).digest("hex"));
    expect(digestOf(body)).toBe(digest);
    expect(signedBy.map((one) => one.name)).toEqual(["ci-1"]);
  });

  it("one flipped bit anywhere in body or signature is refused", () => {
    for (let index = 0; index < body.length; index++) {
      const envelope = { ...sealed, payload: flip(sealed.payload, index) };
      expect(codeOf(() => verify(envelope))).toBe("signature-invalid");
    }
    for (let index = 0; index < 64; index++) {
      const signatures = sealed.signatures.map((one) => ({ ...one, sig: flip(one.sig, index) }));
      expect(codeOf(() => verify({ ...sealed, signatures }))).toBe("signature-invalid");
    }
  });

  it("another payload type is refused by name, and relabelling does not help", () => {
    expect(refusalOf(() => verify(sealed, DESIRED_TYPE))).toMatchObject({
      code: "invalid-envelope",
      message: `payload type ${JSON.stringify(STATEMENT_TYPE)} instead of ${DESIRED_TYPE}`,
    });
    const relabelled = { ...sealed, payloadType: DESIRED_TYPE };
    expect(codeOf(() => verify(relabelled, DESIRED_TYPE))).toBe("signature-invalid");
  });

  it("base64 that is not canonical is refused in body and signature, although it decodes", () => {
    expect(sealed.payload).toMatch(/[^=]==$/);
    for (const payload of [
      `${sealed.payload}\n`,
      sealed.payload.slice(0, -1),
      sealed.payload.slice(0, -2),
      sealed.payload.replace(/.==$/, "R=="),
    ]) {
      expect(codeOf(() => verify({ ...sealed, payload }))).toBe("invalid-base64");
    }
    const sig = `${sealed.signatures[0]?.sig.slice(0, 85)}B==`;
    expect(codeOf(() => verify({ ...sealed, signatures: [{ sig }] }))).toBe("invalid-base64");
  });

  it("a signature that is not 64 bytes is refused for its size", () => {
    const short = Buffer.alloc(63, 1).toString("base64");
    expect(refusalOf(() => verify({ ...sealed, signatures: [{ sig: short }] }))).toMatchObject({
      code: "invalid-envelope",
      message: "a signature has 63 bytes instead of 64",
    });
  });

  it("one bad signature beside a good one does no harm", () => {
    const stranger = signEnvelope(STATEMENT_TYPE, body, [keyFrom("stranger")]);
    const signatures = [...stranger.signatures, ...sealed.signatures];
    expect(verify({ ...sealed, signatures }).signedBy).toHaveLength(1);
  });

  it("a refusal names who claims to have signed and who is trusted", () => {
    const { signatures } = signEnvelope(STATEMENT_TYPE, body, [keyFrom("stranger")]);
    const unnamed = signatures.map(({ sig }) => ({ sig }));
    const envelope = { ...sealed, signatures: [...signatures, ...unnamed] };
    expect(refusalOf(() => verify(envelope)).message).toBe(
      "0 of 1 needed signatures are valid; signed as stranger, unnamed, trusted are ci-1",
    );
  });

  it("two trusted keys of one name are both tried", () => {
    const twins = { keys: [keyFrom("x").publicKey, key.publicKey], threshold: 1 };
    const named = twins.keys.map((one) => ({ ...one, name: key.name }));
    expect(verifyEnvelope(sealed, STATEMENT_TYPE, { ...twins, keys: named }).signedBy).toHaveLength(
      1,
    );
  });

  it("opening without verifying claims nothing about the signer", () => {
    const forged = { ...sealed, signatures: [] };
    expect(Buffer.from(openUnverified(forged, STATEMENT_TYPE))).toEqual(Buffer.from(body));
    expect(codeOf(() => verify(forged))).toBe("signature-invalid");
  });

  it("a payload of 8 KiB is opened, a longer one is refused before a signature is looked at", () => {
    const sealedOf = (size: number) =>
      signEnvelope(STATEMENT_TYPE, new Uint8Array(size), [keyFrom("stranger")]);
    expect(codeOf(() => verify(sealedOf(8192)))).toBe("signature-invalid");
    expect(refusalOf(() => verify(sealedOf(8194)))).toMatchObject({
      code: "too-large",
      message: "a signed payload above 8192 bytes",
    });
  });

  it("eight signatures fit into a message, nine do not, none is none", () => {
    const withSignatures = (count: number) => {
      const signatures = Array.from({ length: count }, () => sealed.signatures[0]);
      return utf8(JSON.stringify({ v: 1, statements: [{ ...sealed, signatures }] }));
    };
    expect(parsePayload("release", withSignatures(8)).statements[0]?.signatures).toHaveLength(8);
    for (const count of [0, 9]) {
      expect(refusalOf(() => parsePayload("release", withSignatures(count)))).toMatchObject({
        code: "invalid-field",
        where: "/statements/0/signatures",
      });
    }
  });

  it("an envelope is passed on verbatim: parsed and encoded again it is the same", () => {
    const bytes = encodePayload("release", { v: 1, statements: [sealed] });
    expect(parsePayload("release", bytes).statements).toEqual([sealed]);
  });
});

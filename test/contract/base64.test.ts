import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "../../src/contract/index.ts";
import { codeOf, refusalOf } from "./refusals.ts";

const decode = (text: string) => Buffer.from(decodeBase64(text, "it")).toString("hex");

describe("canonical base64 only", () => {
  it("reads RFC 4648's own test vectors", () => {
    const vectors = {
      "": "",
      f: "Zg==",
      fo: "Zm8=",
      foo: "Zm9v",
      foob: "Zm9vYg==",
      foobar: "Zm9vYmFy",
    };
    for (const [plain, encoded] of Object.entries(vectors)) {
      expect(decode(encoded)).toBe(Buffer.from(plain).toString("hex"));
      expect(encodeBase64(Buffer.from(plain))).toBe(encoded);
    }
  });

  it("several texts for the same bytes are refused but one", () => {
    for (const text of [
      "Zg", // no padding
      "Zg=",
      "Zg===",
      "Zh==", // unused bits set
      "Zm9=",
      "Zg==\n",
      " Zg==",
      "Z g==",
      "Zg==Zg==",
      "=",
      "====",
      "Zm9v=",
      "Z",
      "-_-_", // the alphabet for URLs
      "Zm9vé",
      "Zm9v\u0000",
    ]) {
      expect([text, codeOf(() => decodeBase64(text, "it"))]).toEqual([text, "invalid-base64"]);
    }
  });

  it("the refusal names what was read and shows none of it, since it may be a secret", () => {
    const { message } = refusalOf(() => decodeBase64("c2VjcmV0==", "secret key ci-1"));
    expect(message).toBe("secret key ci-1 is not canonical base64");
  });

  it("all bytes survive, also those of a view into a larger buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (bytes, skip) => {
        const view = bytes.subarray(Math.min(skip, bytes.length));
        expect(new Uint8Array(decodeBase64(encodeBase64(view), "it"))).toEqual(
          new Uint8Array(view),
        );
      }),
    );
  });

  it("whatever text is accepted is the one text of its bytes", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."AZaz09+/=Bg\n") });
    fc.assert(
      fc.property(letters, (text) => {
        let bytes: Uint8Array;
        try {
          bytes = decodeBase64(text, "it");
        } catch {
          return;
        }
        expect(encodeBase64(bytes)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

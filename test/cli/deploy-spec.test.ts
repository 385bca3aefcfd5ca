import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDeploySpec, SPEC_MAX_BYTES } from "../../src/cli/deploy-spec.ts";
import { ERRORS, NixwaveError } from "../../src/contract/index.ts";
import { pathFor } from "../support/contract-builders.ts";

const NUC = pathFor("nuc");
const RP3 = pathFor("rp3");
const bytesOf = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const parse = (value: unknown) => parseDeploySpec(bytesOf(value));

function refusal(value: unknown): { code: string; message: string } {
  try {
    parse(value);
  } catch (error) {
    if (error instanceof NixwaveError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a deploy spec", () => {
  test("is Cachix's: hosts and store paths, read in the order of the hosts' names", () => {
    expect(parse({ agents: { rp3: RP3, nuc: NUC } })).toEqual([
      { host: "nuc", storePath: NUC },
      { host: "rp3", storePath: RP3 },
    ]);
  });

  test("with a rollbackScript is refused by a code of its own, even an empty one", () => {
    const script = { agents: { nuc: NUC }, rollbackScript: { "x86_64-linux": RP3 } };
    expect(refusal(script).code).toBe("rollback-script-refused");
    expect(refusal({ agents: { nuc: NUC }, rollbackScript: {} }).code).toBe(
      "rollback-script-refused",
    );
    expect(ERRORS["rollback-script-refused"].remedy).toContain("returns by itself");
  });

  test.each([
    ["an unknown key, naming it", { agents: { nuc: NUC }, hooks: {} }, "spec-unknown-key", "hooks"],
    ["no agents", {}, "invalid-field", "/agents"],
    ["agents as a list", { agents: [NUC] }, "invalid-field", "/agents"],
    ["no host", { agents: {} }, "release-empty", "no host"],
    ["a list", [], "invalid-field", "not an object"],
    ["a host name in capitals", { agents: { NUC: NUC } }, "invalid-host-name", "NUC"],
    ["a host name with a topic level", { agents: { "a/b": NUC } }, "invalid-host-name", "a/b"],
    ["a path that is a number", { agents: { nuc: 1 } }, "invalid-field", "/agents/nuc"],
    [
      "a path below a store path",
      { agents: { nuc: `${NUC}/bin` } },
      "invalid-store-path",
      "/agents/nuc",
    ],
    ["a derivation", { agents: { nuc: `${NUC}.drv` } }, "invalid-store-path", "/agents/nuc"],
    [
      "a path outside the store",
      { agents: { nuc: "/etc/passwd" } },
      "invalid-store-path",
      "/etc/passwd",
    ],
    ["one host twice", `{"agents":{"nuc":"${NUC}","nuc":"${RP3}"}}`, "duplicate-key", "nuc"],
    ["text", "nuc", "not-json", "JSON"],
    ["nothing", "", "not-json", "JSON"],
    ["too many bytes", " ".repeat(SPEC_MAX_BYTES + 1), "too-large", String(SPEC_MAX_BYTES)],
  ])("with %s is refused", (_what, value, code, said) => {
    const refused = refusal(value);
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(said);
  });

  test("of more hosts than a release holds is refused", () => {
    const agents = Object.fromEntries(Array.from({ length: 513 }, (_, n) => [`h${n}`, NUC]));
    expect(refusal({ agents }).code).toBe("too-large");
  });

  test("of any bytes at all either parses or fails with a code", () => {
    const wild = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map(bytesOf),
      fc
        .dictionary(fc.string(), fc.oneof(fc.string(), fc.constant(NUC), fc.anything()))
        .map((agents) => bytesOf({ agents })),
    );
    fc.assert(
      fc.property(wild, (bytes) => {
        try {
          for (const { storePath } of parseDeploySpec(bytes)) {
            expect(storePath).toMatch(/^\/nix\/store\//);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(NixwaveError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("with any one byte changed either parses or fails with a code", () => {
    const good = bytesOf({ agents: { nuc: NUC, rp3: RP3 } });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (index, byte) => {
        const bytes = Uint8Array.from(good);
        bytes[index] = byte;
        try {
          parseDeploySpec(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(NixwaveError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

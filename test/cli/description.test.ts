import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Description,
  formatDescription,
  parseDescription,
} from "../../src/cli/description.ts";
import { NixwaveError, parseHostName, parseSystemType } from "../../src/contract/index.ts";
import { narHashFor, pathFor } from "../support/contract-builders.ts";

const described = (name: string): Description[number] => ({
  host: parseHostName(name),
  storePath: pathFor(name),
  narHash: narHashFor(name),
  system: parseSystemType("x86_64-linux"),
});
const TWO: Description = [described("nuc"), described("x1")];

function refusal(text: string): string {
  try {
    parseDescription(Buffer.from(text));
  } catch (error) {
    if (error instanceof NixwaveError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "accepted";
}
const WRITTEN = JSON.parse(formatDescription(TWO)) as {
  readonly hosts: { readonly nuc: Readonly<Record<string, unknown>> };
};
const { narHash: _, ...withoutHash } = WRITTEN.hosts.nuc;
const written = (differences: object): string => JSON.stringify({ ...WRITTEN, ...differences });
const withNuc = (differences: object): string =>
  written({ hosts: { nuc: { ...WRITTEN.hosts.nuc, ...differences } } });

describe("a description", () => {
  test("comes back as it was written", () => {
    expect(parseDescription(Buffer.from(formatDescription(TWO)))).toEqual(TWO);
  });

  test.each([
    ["another version", written({ v: 2 }), "/v"],
    ["no hosts", written({ hosts: {} }), "release-empty"],
    ["an unknown field", written({ url: "x" }), '"url"'],
    ["an unknown field of a host", withNuc({ url: "x" }), '"url"'],
    [
      "a missing NAR hash",
      written({ hosts: { nuc: withoutHash } }),
      "/hosts/nuc/narHash is missing",
    ],
    ["a number as system", withNuc({ system: 5 }), "/hosts/nuc/system"],
    ["a bad store path", withNuc({ storePath: "/x" }), "invalid-store-path"],
    ["a NAR hash of another kind", withNuc({ narHash: "sha512-x" }), "invalid-name"],
    ["a host in capitals", written({ hosts: { NUC: WRITTEN.hosts.nuc } }), "invalid-host-name"],
    ["a deploy spec instead", '{"agents":{}}', '"agents"'],
  ])("with %s is refused and says where", (_what, text, said) => {
    expect(refusal(text)).toContain(said);
  });

  test("of any JSON at all parses or fails with a code", () => {
    fc.assert(
      fc.property(fc.json(), (json) => void refusal(json)),
      { numRuns: 500 },
    );
  });
});

import { Writable } from "node:stream";
import { expect, test } from "vitest";
import type { CommandIo } from "../../src/cli/command-io.ts";
import { shelfOf, type UploadFlags } from "../../src/cli/github/upload-flags.ts";
import { NixwaveError, parseChannel } from "../../src/contract/index.ts";

const ENV = { GITHUB_TOKEN: "ghs_x", GITHUB_REPOSITORY: "someone/homelab" };

function placeOf(flags: UploadFlags): string {
  const io = { env: ENV, stderr: new Writable() } as unknown as CommandIo;
  try {
    return shelfOf(io, flags, parseChannel("main")).url;
  } catch (error) {
    return error instanceof NixwaveError ? `${error.code}: ${error.message}` : String(error);
  }
}

test("a file on a branch may lie in a folder, an asset has none to lie in", () => {
  const file = "house/main.json";
  expect(placeOf({ to: "branch", file })).toContain("/homelab/nixwave/house/main.json");
  for (const flags of [{ file }, { to: "asset", file } as const]) {
    expect(placeOf(flags)).toBe(`wrong-usage: --file ${file}: the name of an asset has no /`);
  }
  expect(placeOf({ file: "main.json" })).toContain("/releases/download/nixwave/main.json");
});

import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimAll } from "../../node-red-nodes/fleet/claims.ts";
import { hubKeyIn } from "../../node-red-nodes/fleet/hub-key.ts";
import { parseAsked } from "../../node-red-nodes/fleet/parse-asked.ts";
import {
  formatPublicKey,
  formatSecretKey,
  NixwaveError,
  parseKeyName,
} from "../../src/contract/index.ts";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "nixwave-key-"));
  folder = join(parent, "nixwave", "home");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));
const secret = (name: string) => formatSecretKey(parseKeyName(name), Buffer.alloc(32, 5));
const keyOf = (places: Partial<Parameters<typeof hubKeyIn>[0]> = {}) =>
  hubKeyIn({ given: "", file: null, folder, ...places });

describe("the hub's key", () => {
  it("is made on first use, for its owner alone, and is the same ever after", () => {
    const made = keyOf();
    expect(readdirSync(folder)).toEqual(["hub.secret"]);
    expect(statSync(join(folder, "hub.secret")).mode & 0o777).toBe(0o600);
    expect(formatPublicKey(keyOf().publicKey)).toBe(formatPublicKey(made.publicKey));
  });

  it("is the one that was given, and then none is made", () => {
    expect(keyOf({ given: ` ${secret("hub-9")}\n` }).publicKey.name).toBe("hub-9");
    expect(() => readdirSync(folder)).toThrow();
  });

  it("is still found where an older version was told to look", () => {
    const file = join(parent, "old.secret");
    writeFileSync(file, `${secret("hub-old")}\n`, { mode: 0o600 });
    expect(keyOf({ file }).publicKey.name).toBe("hub-old");
    rmSync(file);
    expect(() => keyOf({ file })).toThrow(expect.objectContaining({ code: "file-unreadable" }));
  });

  it("is not used when others can read it", () => {
    keyOf();
    chmodSync(join(folder, "hub.secret"), 0o640);
    expect(() => keyOf()).toThrow(expect.objectContaining({ code: "secret-exposed" }));
  });

  it("is not made anew over one that is damaged: hosts trust that one alone", () => {
    keyOf();
    writeFileSync(join(folder, "hub.secret"), "garbage");
    expect(() => keyOf()).toThrow(expect.objectContaining({ code: "invalid-key" }));
  });

  it("is refused where it cannot be kept", () => {
    writeFileSync(join(parent, "file"), "");
    expect(() => keyOf({ folder: join(parent, "file", "home") })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^file-un/) }),
    );
  });
});

describe("what only one fleet may use", () => {
  const claim = { key: "folder /x", what: "the state folder /x" };

  it("is refused to a second one, by the name of the first, until that has given it back", () => {
    const giveBack = claimAll("first", [claim]);
    expect(() => claimAll("second", [{ key: "base y", what: "y" }, claim])).toThrow(
      "the fleet node first already uses the state folder /x",
    );
    claimAll("third", [{ key: "base y", what: "y" }])(); // nothing was taken by the one refused
    giveBack();
    claimAll("second", [claim])();
  });

  it("is not given back twice: a later holder keeps it", () => {
    const giveBack = claimAll("first", [claim]);
    giveBack();
    const later = claimAll("second", [claim]);
    giveBack();
    expect(() => claimAll("third", [claim])).toThrow("second");
    later();
  });
});

describe("what the editor asks of the hub", () => {
  it("is read strictly, and who asks is said by the server", () => {
    expect(parseAsked({ verb: "hold", duration: "2h", source: "sidebar" }, "ana")).toEqual({
      ...{ verb: "hold", by: "ana", host: null, duration: 7_200_000, source: "sidebar" },
    });
    expect(parseAsked({ verb: "approve", host: "nuc", risk: "one-shot" }, "ana")).toEqual({
      ...{ verb: "approve", by: "ana", host: "nuc", risk: "one-shot" },
    });
    expect(parseAsked({ verb: "hold", duration: null }, "ana").duration).toBeNull();
  });

  it.each([
    ["nothing", undefined],
    ["a list", ["hold"]],
    ["an unknown verb", { verb: "reboot" }],
    ["an inherited name for a verb", { verb: "constructor" }],
    ["a name for who asks", { verb: "hold", by: "somebody" }],
    ["an unknown field", { verb: "hold", force: true }],
    ["a host that is none", { verb: "retry", host: "../nuc" }],
    ["a flag that is a text", { verb: "deploy", now: "yes" }],
    ["an unknown scope", { verb: "abort", scope: "everything" }],
    ["an unknown risk", { verb: "approve", risk: "none" }],
    ["a duration without unit", { verb: "hold", duration: 5 }],
  ])("is refused when it is %s", (_what, body) => {
    expect(() => parseAsked(body, "ana")).toThrow(NixwaveError);
  });
});

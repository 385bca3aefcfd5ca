import {
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceWhole, writeOnce } from "../../src/disk/index.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nixwave-whole-"));
  file = join(folder, "kept");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a file that is written once", () => {
  it("is there with its text, for its own user only, and nothing lies beside it", () => {
    expect(writeOnce(file, "first")).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("first");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["kept"]);
  });

  it("never takes the place of one that is there", () => {
    writeFileSync(file, "the user's");
    expect(writeOnce(file, "ours")).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("the user's");
    expect(readdirSync(folder)).toEqual(["kept"]);
  });

  it("is written all the same where a file system has no links, as on a stick", () => {
    const noLinks = (): never => {
      throw Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM" });
    };
    expect(writeOnce(file, "first", noLinks)).toBe(true);
    expect(writeOnce(file, "second", noLinks)).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("first");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["kept"]);
  });

  it("in a folder that is not there fails, and leaves nothing", () => {
    expect(() => writeOnce(join(folder, "none", "kept"), "text")).toThrow("ENOENT");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a file that is replaced", () => {
  it("has the new text whole, also where there was none", () => {
    replaceWhole(file, "a long first text");
    replaceWhole(file, "second");
    expect(readFileSync(file, "utf8")).toBe("second");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["kept"]);
  });

  it.skipIf(process.getuid?.() !== 0)("stays its owner's when root replaces it", () => {
    writeFileSync(file, "the service's");
    chownSync(file, 1234, 1235);
    replaceWhole(file, "root's word");
    expect(statSync(file)).toMatchObject({ uid: 1234, gid: 1235 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("keeps the old text when its place is a folder, and leaves no draft", () => {
    expect(() => replaceWhole(folder, "text")).toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });
});

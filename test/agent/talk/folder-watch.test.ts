import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderWatch } from "../../../agent/talk/folder-watch.ts";

const soon = { timeout: 10_000, interval: 5 };

let root: string;
let names: (string | null)[];
let watch: FolderWatch;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nixwave-watch-"));
  names = [];
});
afterEach(() => {
  watch.close();
  rmSync(root, { recursive: true, force: true });
});
const at = (...parts: string[]): string => join(root, ...parts);
const watching = (...parts: string[]): void => {
  watch = new FolderWatch(at(...parts), (name) => names.push(name));
};
/** Resolves when it has told of `name`. */
const told = (name: string | null) => expect.poll(() => names.includes(name), soon).toBe(true);
/** Writes until it is told of: a change between two watches need not be seen, the next one must be. */
const seen = async (folder: string, name: string): Promise<void> => {
  await expect
    .poll(() => {
      writeFileSync(join(folder, name), String(names.length));
      return names.includes(name);
    }, soon)
    .toBe(true);
};

describe("the watch of a folder", () => {
  it("tells which name changed, also by rename", async () => {
    watching();
    writeFileSync(at("report.json.new"), "{}");
    renameSync(at("report.json.new"), at("report.json"));
    await told("report.json");
  });

  it("awaits a folder that is not there, however many are missing above it", async () => {
    watching("a", "b", "c");
    mkdirSync(at("a"));
    mkdirSync(at("a", "b"));
    mkdirSync(at("a", "b", "c"));
    await told(null);
    await seen(at("a", "b", "c"), "log");
  });

  it("tells nothing of other names in the folders above", async () => {
    watching("a", "b");
    writeFileSync(at("other"), "");
    mkdirSync(at("a"));
    writeFileSync(at("a", "other"), "");
    mkdirSync(at("a", "b"));
    await seen(at("a", "b"), "log");
    expect(names).not.toContain("other");
  });

  it("watches the next one when the folder is replaced, and when it goes and comes back", async () => {
    mkdirSync(at("out"));
    watching("out");
    await seen(at("out"), "one");
    mkdirSync(at("fresh"));
    renameSync(at("out"), at("gone"));
    renameSync(at("fresh"), at("out"));
    await told(null);
    await seen(at("out"), "two");
    rmSync(at("out"), { recursive: true });
    mkdirSync(at("out"));
    await seen(at("out"), "three");
  });

  it("is not stopped by a file where the folder should be", async () => {
    writeFileSync(at("out"), "");
    watching("out");
    rmSync(at("out"));
    mkdirSync(at("out"));
    await seen(at("out"), "log");
  });

  it("tells nothing after it was closed", async () => {
    watching();
    await seen(root, "one");
    watch.close();
    const before = names.length;
    const other: (string | null)[] = [];
    const still = new FolderWatch(root, (name) => other.push(name));
    writeFileSync(at("two"), "");
    await expect.poll(() => other.includes("two"), soon).toBe(true);
    still.close();
    expect(names).toHaveLength(before);
  });
});

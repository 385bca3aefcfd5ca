import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDurably } from "../../src/disk/index.ts";
import { readFolder } from "../../src/hub/backup/read-folder.ts";

let folder: string;
const write = (path: string, text = ""): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const remove = (path: string): void => rmSync(join(folder, path), { recursive: true });
const read = (onListed: () => void) => {
  const { files, vanished } = readFolder(folder, `${folder}.draft`, onListed);
  return { files: files.map(({ path }) => path).sort(), vanished };
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nixwave-backup-"));
  for (const path of ["keys/hub.secret", "node-red/flows.json", "notes.txt"]) write(path);
  const sensors = openDurably(join(folder, "sensors.db"));
  sensors.exec("CREATE TABLE a (b)");
  sensors.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

const ALL = ["keys/hub.secret", "node-red/flows.json", "notes.txt", "sensors.db"];
const once = (act: () => void): (() => void) => {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
};

describe("a file that goes away while a hub's folder is copied", () => {
  it("is left out and named when it is a node's own", () => {
    write("node-red/a-node.tmp");
    expect(read(once(() => remove("node-red/a-node.tmp")))).toEqual({
      ...{ files: ALL, vanished: ["node-red/a-node.tmp"] },
    });
  });

  it.each([...["keys/hub.secret", "node-red/flows.json", "sensors.db", "keys"]])(
    "fails the copy when it is %s",
    (path) => {
      expect(() => read(once(() => remove(path)))).toThrow(
        expect.objectContaining({ code: "file-unreadable" }),
      );
    },
  );

  it("fails the copy also when it went between two looks", () => {
    let listings = 0;
    const changing = () => {
      listings += 1;
      if (listings === 1) write("notes.txt", "changed"); // nothing was read yet
      if (listings === 1) write("new.txt");
      if (listings === 1) remove("sensors.db");
    };
    expect(() => read(changing)).toThrow("sensors.db vanished while it was copied");
  });
});

import { chown, mkdir, readdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFolder } from "../../src/disk/index.ts";
import { openWorkshop, type Workshop } from "./memory-io.ts";

const FILES = ["flows.json", "keys"];

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
  await mkdir(workshop.at("hub/keys"), { recursive: true });
  await writeFile(workshop.at("hub/keys/hub.secret"), "hub-1:key\n");
  await writeFile(workshop.at("hub/flows.json"), "[]\n");
  await workshop.nixwave("hub backup hub.tar.gz --state hub".split(" "));
});
afterEach(() => workshop.remove());

const restore = () => workshop.nixwave("hub restore hub.tar.gz --state again".split(" "));
const content = async (): Promise<readonly string[]> =>
  (await readdir(workshop.at("again"))).sort();

function hold(): { release(): void } {
  const lock = lockFolder(workshop.at("again"), ".restoring");
  if ("holder" in lock) throw new Error("somebody holds it");
  return lock;
}

describe("a second restore into one folder", () => {
  it("is refused while the first is at work, and takes nothing of what that has brought", async () => {
    await mkdir(workshop.at("again/.restoring/keys"), { recursive: true });
    await mkdir(workshop.at("again/node-red"));
    const first = hold();
    const { status, stderr } = await restore();
    expect({ status, stderr }).toEqual({
      status: 5,
      stderr: expect.stringMatching(new RegExp(`restore-running.*process ${process.pid} `)),
    });
    expect(await content()).toEqual([
      ...[".restoring", ".restoring.lock", ".restoring.pid", "node-red"],
    ]);
    first.release();
    expect(await restore()).toMatchObject({ status: 0 });
    expect(await content()).toEqual(FILES);
  });

  it("leaves no trace in a folder that another has filled, such as a running hub's", async () => {
    await restore();
    expect(await restore()).toMatchObject({
      ...{ status: 5, stderr: expect.stringContaining("file-exists") },
    });
    expect(await content()).toEqual(FILES);
  });
});

describe("a disk of the hub's own that was just formatted", () => {
  const isRoot = process.getuid?.() === 0;

  it("is empty with the file system's folder of lost files, if that is root's", async () => {
    await mkdir(workshop.at("again/lost+found"), { recursive: true });
    const { status, stderr } = await restore();
    // Whoever is not root cannot make one that counts.
    expect({ status, stderr }).toEqual({
      status: isRoot ? 0 : 5,
      stderr: isRoot ? "" : expect.stringContaining("file-exists"),
    });
    expect(await content()).toEqual(isRoot ? [...FILES, "lost+found"] : ["lost+found"]);
  });

  it("is backed up without that folder", async () => {
    await mkdir(workshop.at("hub/lost+found"));
    await writeFile(workshop.at("hub/lost+found/#42"), "");
    await workshop.nixwave("hub backup other.tar.gz --state hub".split(" "));
    await workshop.nixwave("hub restore other.tar.gz --state again".split(" "));
    expect(await content()).toEqual(isRoot ? FILES : [...FILES, "lost+found"]);
  });

  it.each([
    ["a file of that name", () => writeFile(workshop.at("again/lost+found"), "")],
    ["a hidden file", () => writeFile(workshop.at("again/.notes"), "")],
    [
      "such a folder of somebody else",
      async () => {
        await mkdir(workshop.at("again/lost+found"));
        if (isRoot) await chown(workshop.at("again/lost+found"), 65_534, 65_534);
      },
    ],
  ])("is not empty with %s", async (_, make) => {
    await mkdir(workshop.at("again"));
    await make();
    const before = await content();
    expect(await restore()).toMatchObject({
      ...{ status: 5, stderr: expect.stringContaining("file-exists") },
    });
    expect(await content()).toEqual(before);
  });
});
